"""Memory and descriptors of the programs, a sample each second, and the rule they must keep."""

import statistics

# How much the median of the run's last tenth may lie above that of the tenth after its middle. glibc takes 132 KiB at once.
GROWTH_KIB_MAX = {"clients": 132, "hub": 264}
# A shorter run has no steady state: the hub's log of its last 4096 executions takes some 1 MiB, and 250 s to fill.
STEADY_S = 500
FILLING_KIB_MAX = 2048


class Gauge:
    def __init__(self, kind, descriptors_max):
        """`descriptors_max`: how many more than at first may be open at once."""
        self.kind = kind
        self.descriptors_max = descriptors_max
        self.first = None
        self.samples = []

    def begin(self, sample):
        """Before the first connection."""
        self.first = sample

    def add(self, sample):
        self.samples.append(sample)

    def tenth(self, number):
        size = len(self.samples)
        part = self.samples[size * number // 10:size * (number + 1) // 10] or self.samples[-1:]
        return statistics.median(kib for kib, _ in part)

    def summary(self):
        descriptors = [count for _, count in self.samples]
        return {"kib_first": self.first[0], "kib_middle": self.tenth(5), "kib_end": self.tenth(9),
                "kib_max": max(kib for kib, _ in self.samples), "descriptors_first": self.first[1],
                "descriptors_median": statistics.median(descriptors), "descriptors_max": max(descriptors)}

    def judge(self, last, with_memory):
        """The breaches; `last` is a sample taken when every connection was closed."""
        breaches = []
        if last[1] != self.first[1]:
            breaches.append(f"{self.first[1]} descriptors were open before the first connection, {last[1]} after the last")
        most = max(count for _, count in self.samples)
        if most > self.first[1] + self.descriptors_max:
            breaches.append(f"{most} descriptors were open at once, {self.first[1]} of them from the beginning;"
                            f" {self.descriptors_max} more are allowed")
        steady = len(self.samples) >= STEADY_S
        allowed = GROWTH_KIB_MAX[self.kind] if steady else FILLING_KIB_MAX
        grown = self.tenth(9) - self.tenth(5)
        if with_memory and grown > allowed:
            breaches.append(f"resident memory grew by {grown:.0f} KiB from the middle of the run to its end; {allowed} are allowed")
        return breaches
