"""The definitions that the contract's figures are computed by. A changed one is a new one beside the old: what was
reported by a version can be computed again by it for ever.

Where a clause leaves room, the reading is taken that never flatters: whoever meets it meets every other one, too.
docs/data.md gives the same in words, docs/decisions the reasons.
"""

from dataclasses import dataclass, replace

from ctl.switchboard.ids import Millis
from ctl.switchboard.kinds import Outcome


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """目標内応答時間率 and 放棄呼率, of the calls whose wait ended within a time.

    * offered: a citizen's call that asked for an operator. It waited, in a queue of ours or of the PBX's fallback, until
      an operator answered for the first time or the call ended; or it was turned away. A call that ends in the IVR, or
      in a closing message, asked for nobody.
    * turned away: a message said that the queue, or the centre, could not take the call, before it waited at all.
    * answered: an operator answered. Within the target: no later than ``threshold_ms`` after the call took its place
      in a queue. Answered by the fallback is answered, but never within: no instant of its wait is ours to vouch for.
    * abandoned: the caller hung up before. All of them count, however short they waited: the clause excepts none.
    * service level = within ÷ offered, abandonment = abandoned ÷ (offered - turned away): who was not let in cannot
      give up, and must not make the share of those who did smaller.
    """

    version: str
    clause: str
    threshold_ms: Millis
    abandonment_limit: float
    """The share of those who waited below which those who gave up must stay."""
    abandoned: frozenset[Outcome]
    answered_elsewhere: frozenset[Outcome]
    """Outcomes that tell of an answer which no offer of ours does."""
    turned_away: frozenset[Outcome]
    """Outcomes of calls that never waited, and are offered all the same."""
    on_the_line: bool
    """A place kept from an earlier call, or for a call-back, is no waiting: the wait begins in this call. Otherwise it
    begins with the place, however old."""
    exempt: frozenset[str]
    """Numbers that citizens called to which the agreement does not apply. They are counted by queue, not in all."""


PHONE_1 = ServiceLevel(
    version="phone-1",
    # 呼び出し音が鳴動してから15秒以内に電話をとる。/ 放棄呼数 ÷ 着信数 × 100、10%未満/月
    clause="別紙3 コールセンター(電話)応答時間・応対件数; 別紙4 1(2), 2(1)",
    threshold_ms=15_000,
    abandonment_limit=0.10,
    abandoned=frozenset({Outcome.ABANDONED_QUEUE, Outcome.ABANDONED_RINGING}),
    answered_elsewhere=frozenset({Outcome.FALLBACK}),
    turned_away=frozenset(),
    on_the_line=False,
    # ※新型コロナウイルスに関する区民相談専用ダイヤルに関しては、上記サービスレベル定義を適用しない。
    exempt=frozenset({"0345662466"}),
)

PHONE_2 = replace(
    PHONE_1,
    version="phone-2",
    # Answered without an offer of ours: in the fallback, from where the caller came back to us.
    answered_elsewhere=frozenset({Outcome.FALLBACK, Outcome.ANSWERED}),
    # 設定した時間内に何%のコールに応答したか: of all calls, also those that were not let in.
    turned_away=frozenset({Outcome.OVERFLOWED, Outcome.TRUNK_FULL}),
    on_the_line=True,
)

SERVICE_LEVEL = PHONE_2
"""The definition in force."""
