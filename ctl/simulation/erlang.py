"""Erlang A (M/M/n+M): the formulas that a simulated queue must agree with where their assumptions hold.

Palm, C. (1957), "Research on telephone traffic carried by full availability groups", Tele 1; in the notation of
Garnett, O., Mandelbaum, A., Reiman, M. (2002), "Designing a call center with impatient customers", Manufacturing &
Service Operations Management 4(3), pp. 208-227, and Mandelbaum, A., Zeltyn, S. (2007), "Service engineering in action:
the Palm/Erlang-A queue", §2 and §4. Callers come as a Poisson stream; talk and patience are exponential; operators are
alike; nobody who waits is passed over.
"""

from dataclasses import dataclass
from math import exp, lgamma, log


@dataclass(frozen=True, slots=True)
class ErlangA:
    """Rates per unit of time: ``arrival`` λ, ``service`` μ of one operator, ``loss`` θ of one waiting caller."""

    arrival: float
    service: float
    loss: float
    operators: int

    def states(self) -> list[float]:
        """The probability that j callers are in the system, for j = 0, 1, … until no more matter.

        A birth-and-death process: π_j = π_0 ∏ λ / (min(k, n) μ + max(k - n, 0) θ) over k = 1 … j.
        """
        weights = [1.0]
        while weights[-1] > 1e-14 * max(weights) or len(weights) <= self.operators:
            weights.append(weights[-1] * self.arrival / self._departure(len(weights)))
        total = sum(weights)
        return [weight / total for weight in weights]

    def _departure(self, callers: int) -> float:
        return min(callers, self.operators) * self.service + max(callers - self.operators, 0) * self.loss

    @property
    def abandonment(self) -> float:
        """The share of callers who hang up waiting: P{Ab} = θ E[Q] / λ."""
        queue = sum(max(j - self.operators, 0) * share for j, share in enumerate(self.states()))
        return self.loss * queue / self.arrival

    @property
    def occupancy(self) -> float:
        """The share of the operators' time that they talk: λ (1 - P{Ab}) / (n μ)."""
        return self.arrival * (1 - self.abandonment) / (self.operators * self.service)

    def answered_within(self, time: float) -> float:
        """The share of all callers who are answered no later than ``time`` after they came.

        PASTA: a caller meets the states as often as they last. Who meets a free operator is answered at once.
        """
        states = self.states()
        served = sum(states[: self.operators])
        for ahead, share in enumerate(states[self.operators :]):
            served += share * self._served_within(ahead, time)
        return served

    def _served_within(self, ahead: int, time: float) -> float:
        """Chance to be served by ``time`` with ``ahead`` callers in front: the race of departures and own patience.

        With k in front the next of them goes (served or lost) at nμ + kθ, and the caller himself loses patience at θ.
        By the uniformised chain (Jensen 1953): steps come at the rate Λ, and each moves the caller or does not.
        """
        base = self.operators * self.service
        rate = base + (ahead + 1) * self.loss
        line = [0.0] * (ahead + 1)
        line[ahead] = 1.0
        served, within, mean = 0.0, 0.0, rate * time
        step = 0
        while step < mean or _poisson(step, mean) > 1e-12:
            within += _poisson(step, mean) * served
            moved = [0.0] * (ahead + 1)
            for k, chance in enumerate(line):
                leaves = (base + k * self.loss) / rate
                if k == 0:
                    served += chance * leaves
                else:
                    moved[k - 1] += chance * leaves
                moved[k] += chance * (1 - leaves - self.loss / rate)
            line = moved
            step += 1
        return within


def _poisson(n: int, mean: float) -> float:
    return exp(n * log(mean) - mean - lgamma(n + 1)) if mean else float(n == 0)
