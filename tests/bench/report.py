"""Tables from the lines that bench.h prints, as compare.sh collects them. usage: report.py RESULTS.tsv

Every figure is the median of the rounds. A ratio is taken round by round, then its median: the machine's
speed changes from minute to minute, so only neighbours can be compared.
"""
import collections
import statistics
import sys

FLOOR = "floor"
RATE, MEGABYTES, CPU, USER, SYSTEM, P50, P99 = range(7)
MODES = (
    ("lat", "latency: 64 B text, 1 in flight"),
    ("pipe", "pipelined: 64 B text, 64 in flight"),
    ("bulk", "bulk: 16 KiB binary, 16 in flight"),
)


def read(path):
    """(mode, tls, client) -> {round: figures}, and (tls, client) -> [resident and private KiB]."""
    times, memory, number = collections.defaultdict(dict), collections.defaultdict(list), 0
    with open(path, encoding="ascii") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "ROUND":
                number = int(fields[1])
            elif fields[0] == "RES":
                times[fields[2], fields[3] != "0", fields[1]][number] = [float(x) for x in fields[5:12]]
            elif fields[0] == "MEM" and fields[2] == "idle":
                sizes = dict(field.split("=") for field in fields[4:])
                memory[fields[3] != "tls=0", fields[1]].append((int(sizes["rss_kb"]), int(sizes["privdirty_kb"])))
    return times, memory


def median(rounds, column):
    return statistics.median(row[column] for row in rounds.values())


def ratio(rounds, base, column):
    pairs = [rounds[n][column] / base[n][column] for n in rounds if n in base and base[n][column]]
    return f"{statistics.median(pairs):.2f}" if pairs else "-"


def print_times(times, mode, tls, title):
    rows = {client: rounds for (of, with_tls, client), rounds in times.items() if (of, with_tls) == (mode, tls)}
    if not rows:
        return
    floor = rows.get(FLOOR, {})
    latency, unit, scale = mode == "lat", ("ns" if mode == "pipe" else "us"), (1 if mode == "pipe" else 1e3)
    extra = " p50 us | p99 us |" if latency else " MB/s each way |" if mode == "bulk" else ""
    print(f"\n### {'TLS, ' if tls else ''}{title}\n")
    print(f"| client | CPU {unit}/message | user | system | range | x floor | messages/s |{extra}")
    print("|" + "---|" * (7 + extra.count("|")))
    for client in sorted(rows, key=lambda c: median(rows[c], CPU)):
        rounds = rows[client]
        cpu, user, system = (median(rounds, c) / scale for c in (CPU, USER, SYSTEM))
        low, high = (f(row[CPU] for row in rounds.values()) / scale for f in (min, max))
        digits = 0 if mode == "pipe" else 1
        line = f"| {client} | {cpu:.{digits}f} | {user:.{digits}f} | {system:.{digits}f} "
        line += f"| {low:.{digits}f}-{high:.{digits}f} | {ratio(rounds, floor, CPU)} | {median(rounds, RATE):.0f} |"
        if latency:
            line += f" {median(rounds, P50):.1f} | {median(rounds, P99):.1f} |"
        elif mode == "bulk":
            line += f" {median(rounds, MEGABYTES):.0f} |"
        print(line)


def print_memory(memory, tls):
    size = {client: [statistics.median(column) for column in zip(*rows)]
            for (with_tls, client), rows in memory.items() if with_tls == tls}
    if not size:
        return
    print(f"\n### {'TLS, ' if tls else ''}one idle connection: memory of the process\n")
    print("| client | resident KiB | private KiB |\n|---|---|---|")
    for client in sorted(size, key=size.get):
        print(f"| {client} | {size[client][0]:.0f} | {size[client][1]:.0f} |")


def main():
    times, memory = read(sys.argv[1])
    for tls in (False, True):
        for mode, title in MODES:
            print_times(times, mode, tls, title)
        print_memory(memory, tls)


main()
