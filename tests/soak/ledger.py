"""Reconciles what the clients wrote down with what the hubs say that they ran: each request, one by one."""

import bisect
import collections
import dataclasses

# Outcomes that a tool's request may have while the line is well; any may time out, be cancelled or closed.
RESULTS = {"get_echo": {"none"}, "get_large": {"none"}, "get_huge": {"too_large"}, "get_slow": {"none"}, "get_late": {"none"},
           "get_broken": {"remote"}, "get_silent": set(), "get_twice": {"none"}, "get_wrong": set(), "get_cut": {"none"},
           "rm_all": {"denied"}, "ask_door": {"none", "denied", "remote", "timeout"}}
# Those that nobody promises an answer in time.
SLOW = {"get_late", "get_silent", "get_wrong", "ask_door"}
UNANSWERED = {"timeout", "cancelled", "closed"}
APPROVAL_TIMEOUT = -32002


@dataclasses.dataclass
class Request:
    client: int
    tool: str
    start: int
    deadline: int
    ends: list = dataclasses.field(default_factory=list)  # (time, kind, code)
    cancelled: bool = False
    rows: list = dataclasses.field(default_factory=list)  # (time, status): those that nobody waited for
    runs: list = dataclasses.field(default_factory=list)


class Line:
    """When a client was ready."""

    def __init__(self):
        self.changes = []  # (time, ready)
        self.losses = []
        self.silences = []  # those losses that were noticed by silence alone
        self.closes = []  # those that the client wanted
        self.ready = False

    def set(self, time, ready, silent=False, closed=False):
        if ready != self.ready:
            self.changes.append((time, ready))
            if not ready:
                self.losses.append(time)
                if silent:
                    self.silences.append(time)
                if closed:
                    self.closes.append(time)
        self.ready = ready

    def down_within(self, first, last):
        """Not ready at some time of it."""
        at = bisect.bisect_right(self.changes, (first, True))
        return at == 0 or not self.changes[at - 1][1] or any_within(self.losses, first, last)


def any_within(times, first, last):
    at = bisect.bisect_left(times, first)
    return at < len(times) and times[at] <= last


class Ledger:
    """Fed with the journal's lines and the hubs' executions; `close` gives the breaches."""

    def __init__(self, notice_ms, transit_ms, slack_ms):
        """`notice_ms`: how long a silent line may go unnoticed; `transit_ms`: how long bytes may be under way, and the news of a
        line that was cut; `slack_ms`: what a busy machine may be late by."""
        self.notice_ms = notice_ms
        self.transit_ms = transit_ms
        self.slack_ms = slack_ms
        self.requests = {}
        self.lines = collections.defaultdict(Line)
        self.breaches = []
        self.counts = collections.Counter()
        self.was_ready = collections.defaultdict(bool)
        self.reason = {}
        self.reasons = collections.Counter()  # why lines that were ready were lost
        self.runs = {}  # (hub, number): the execution as it was told last
        self.arrivals = collections.defaultdict(list)  # of a client: when its answers were sent, and when they came

    def breach(self, request, words):
        self.breaches.append(f"request {request}: {words}" if request else words)

    # ---- what is told

    def feed(self, text):
        time, event, client, number, word, value = text.split()
        time, client, number, value = int(time), int(client), int(number), int(value)
        if event == "state":
            if word == "ready":
                self.counts["times_ready"] += 1
            self.lines[client].set(time, word == "ready", "silent" in self.reason.get(client, ""), word == "closing")
            self.reasons_of(client, lost=word != "ready")
        elif event == "reason":
            self.reason[client] = word.replace("_", " ")
        elif event == "born":
            self.counts["clients_born"] += 1
            self.lines[client].set(time, False)
        elif event == "breach":
            self.breach(number, f"the client saw {word}")
        elif event == "start":
            self.counts["started"] += 1
            self.requests[number] = Request(client, word, time, time + value)
        else:
            self.feed_request(time, event, number, word, value)

    def reasons_of(self, client, lost):
        """Counts why a line that was ready was lost: the state it went to came with a reason, or the client was closed."""
        if lost and self.was_ready[client]:
            self.reasons[self.reason.get(client, "closed")] += 1
        self.was_ready[client] = not lost
        self.reason.pop(client, None)

    def feed_request(self, time, event, number, word, value):
        request = self.requests.get(number)
        if request is None:
            self.breach(number, f"'{event}' came for a request that was never started")
        elif event == "refused":
            del self.requests[number]
            self.counts["started"] -= 1
            self.counts["refused_" + word] += 1
            if word != "queue_full":
                self.breach(number, f"it was refused with {word}")
        elif event == "cancel":
            request.cancelled = True
        elif event == "end":
            self.counts["completed"] += 1
            request.ends.append((time, word, value))
        elif event == "row":
            self.counts["rows_unclaimed"] += 1
            request.rows.append((time, word))

    def feed_run(self, hub, run, number, changed_ms):
        """An execution as a hub lists it; the last telling counts. `number` is the request that its arguments name."""
        self.runs[hub, run["number"]] = (number, run["fate"], changed_ms, run["tool"])

    # ---- what follows from it

    def close(self, hub_totals):
        """All is over: `hub_totals` says for each hub how many tools ran. Gives the breaches."""
        seen = collections.Counter(hub for hub, _ in self.runs)
        for hub, total in hub_totals.items():
            if seen[hub] != total:
                self.breach(0, f"hub {hub} ran {total} tools, of which {seen[hub]} were seen")
        for (hub, _), (number, fate, changed, tool) in self.runs.items():
            request = self.requests.get(number)
            if request is None or request.tool != tool or request.client != hub:
                self.breach(number, f"hub {hub} ran {tool}, which was not asked of it")
            else:
                self.counts["executed"] += 1
                request.runs.append((fate, changed))
        for request in self.requests.values():
            for fate, changed in request.runs:
                if fate == "answered" and request.ends and request.ends[0][1] not in UNANSWERED:
                    self.arrivals[request.client].append((changed, request.ends[0][0]))
        for number, request in self.requests.items():
            self.judge(number, request)
        return self.breaches

    def closed_in_silence(self, client, changed):
        """The client closed its line before it could have noticed that nothing came any more: what was answered later did
        not come either, as a line keeps its order."""
        closes = self.lines[client].closes
        at = bisect.bisect_left(closes, changed)
        if at == len(closes) or closes[at] > changed + self.notice_ms:
            return False
        return not any(changed < later and end <= closes[at] for later, end in self.arrivals[client])

    def judge(self, number, request):
        if len(request.ends) != 1:
            self.breach(number, f"{request.tool} completed {len(request.ends)} times: {request.ends}")
            return
        end, kind, code = request.ends[0]
        self.counts["end_" + ("result" if kind == "none" else kind)] += 1
        if end < request.start:
            self.breach(number, f"{request.tool} completed before it was started")
        if end > request.deadline + self.slack_ms:
            self.breach(number, f"{request.tool} completed {end - request.deadline} ms after its deadline")
        if len(request.runs) > 1:
            self.breach(number, f"{request.tool} ran {len(request.runs)} times")
        if len(request.rows) > 1:
            self.breach(number, f"its row came {len(request.rows)} times")
        if request.cancelled and kind != "cancelled":
            self.breach(number, f"it was cancelled and ended with {kind}")
        if kind == "cancelled" and not request.cancelled:
            self.breach(number, "it ended as cancelled and was not")
        told = kind not in UNANSWERED or code == APPROVAL_TIMEOUT
        if told and kind not in RESULTS[request.tool]:
            self.breach(number, f"{request.tool} ended with {kind} ({code})")
        ran = len(request.runs) > 0
        if told and ran != self.must_have_run(request.tool, kind):
            self.breach(number, f"{request.tool} ended with {kind} ({code}) and ran {len(request.runs)} times")
        if told and request.rows:
            self.breach(number, "both its answer and its row were delivered")
        for fate, changed in request.runs:
            self.judge_run(number, request, fate, changed, told)
        if kind == "timeout" and not told and not ran:
            self.judge_timeout(number, request)

    @staticmethod
    def must_have_run(tool, kind):
        return kind in ("none", "too_large") or (tool == "get_broken" and kind == "remote")

    def judge_run(self, number, request, fate, changed, told):
        """The account of a tool that ran: each is answered, a row, or lost with a line."""
        end, kind, _ = request.ends[0]
        line = self.lines[request.client]
        lost = any_within(line.losses, request.start, changed + self.transit_ms) or any_within(
            line.silences, request.start, changed + self.notice_ms) or self.closed_in_silence(request.client, changed)
        if fate == "silent":
            account = "silent" if request.tool == "get_silent" else None
        elif fate not in ("answered", "fetched"):
            account = None
        elif told:
            account = "answered" if fate == "answered" else "row_for_its_request"
        elif fate == "fetched" and request.rows:
            account = "row_unclaimed" if end <= request.rows[0][0] + self.slack_ms else None
        elif fate == "answered" and request.tool == "get_wrong":
            account = "answered_with_a_wrong_id"
        elif fate == "answered" and end <= changed + self.slack_ms:
            account = "answered_too_late"
        else:
            account = ("answer_lost_with_its_line" if fate == "answered" else "row_lost_with_its_line") if lost else None
        if account is None:
            why = "while its row reached nobody" if request.rows else "though no line was lost that explains it"
            self.breach(number, f"{request.tool}, started at {request.start}, ran; its result was {fate} at {changed}, and it"
                                f" ended with {kind} at {end} {why}")
        else:
            self.counts["run_" + account] += 1

    def judge_timeout(self, number, request):
        """Never ran, and nobody answered: only a line that was down can have kept it."""
        end = request.ends[0][0]
        if request.tool in SLOW:
            self.counts["timeout_expected"] += 1
        elif self.lines[request.client].down_within(request.start, end + self.slack_ms):
            self.counts["timeout_line_down"] += 1
        else:
            self.breach(number, f"{request.tool} timed out, never ran, and its line was ready all the time")
