"""The 49 messages of RFC 4475, byte for byte, and what may come back to each of them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

MESSAGES = Path(__file__).parent / "rfc4475"


class Answer(StrEnum):
    """What the standard leaves to whoever gets such a message from somebody unknown: who asks is refused either way."""

    REFUSAL = "refused"
    """It is a valid request, or one of which enough can be read to refuse it: some final answer from 400 on."""
    EITHER = "refused or silence"
    """So broken that it may be thrown away unread."""
    SILENCE = "silence"
    """It is a response to nothing that was asked: whoever answered responses would begin a storm."""


def _all(answer: Answer, names: str) -> dict[str, Answer]:
    return dict.fromkeys(names.split(), answer)


ANSWERS: Mapping[str, Answer] = {
    # 3.1.1 valid: each gets as far as asking for a password
    **_all(Answer.REFUSAL, "wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01"),
    **_all(Answer.SILENCE, "unreason noreason"),
    # 3.1.2 invalid: 400, or mended, or thrown away where the length or the start is not to be believed
    **_all(Answer.EITHER, "badinv01 clerr ncl scalar02 quotbal ltgtruri lwsruri lwsstart trws escruri baddate"),
    **_all(Answer.EITHER, "regbadct badaspec baddn badvers mismatch01 mismatch02"),
    **_all(Answer.SILENCE, "scalarlg bigcode"),
    # 3.2 the transaction layer
    **_all(Answer.REFUSAL, "badbranch"),
    # 3.3 the application layer: well-formed as far as needed, and not to be done
    **_all(Answer.EITHER, "insuf multi01 mcl01"),
    **_all(Answer.REFUSAL, "unksm2 bext01 invut zeromf cparam01 cparam02 regescrt sdp01"),
    # PJSIP's parser throws these away where the standard wants 416 and 401: nobody whom we serve sends such
    **_all(Answer.EITHER, "unkscm novelsc regaut01"),
    **_all(Answer.SILENCE, "bcast"),
    # 3.4 a message of the standard before this one
    **_all(Answer.REFUSAL, "inv2543"),
}
"""By the name that the standard gives the message."""


def message(name: str) -> bytes:
    """One message as it goes over the wire."""
    return (MESSAGES / f"{name}.dat").read_bytes()
