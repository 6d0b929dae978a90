#!/usr/bin/env python3
"""Plants faults into the library, one at a time, and counts how many seeds the simulator needs to find each.

usage: planted_faults.py [--seeds N] [--only NAME] [--check] [--json]
  --seeds N    gives up after so many seeds (10000)
  --only NAME  this one; may be given again
  --check      only looks whether each fault still applies; builds nothing
  --json       the table as JSON
A fault is found by a breach of a rule or a crash of the simulator, by nothing else.
Exit codes: 0 all were found (or apply), 1 one was not, or nobody can say (the tree does not build), 2 the command line is wrong."""

import argparse
import json
import re
import subprocess
import sys
import time

from arguments import cores, within
from copy_of_tree import ROOT, DoesNotApply, Tree

# name, file, the line as it is, the line with the fault.
FAULTS = (
    ("a completion is called twice", "src/link/pending_pool.cpp",
     "  if (call) call(handle, error, result);", "  if (call) call(handle, error, result), call(handle, error, result);"),
    ("a slot of the pool is not given back", "src/link/pending_pool.cpp",
     "  handles_.release(index);\n  if (call)", "  if (error.kind() != ErrorKind::timeout) handles_.release(index);\n  if (call)"),
    ("a stale handle is accepted", "src/base/handle_pool.hpp",
     "slots_[handle.index].generation == handle.generation;", "handle.generation != 0;"),
    ("an answer goes to the first request in its bucket", "src/link/pending_pool.cpp",
     "    if (slots_[i].request.id == id) return handles_.handle(i);", "    if (id != 0) return handles_.handle(i);"),
    ("what left and has no answer is said not to have run", "src/link/pending_pool.cpp",
     "slot.error.with_may_have_run(slot.request.may_have_run());", "slot.error.with_may_have_run(false);"),
    ("what never left is said to have run", "src/link/pending_pool.cpp",
     "slot.error.with_may_have_run(slot.request.may_have_run());", "slot.error.with_may_have_run();"),
    ("an answer that cannot be read ends nothing", "src/protocol/agent_gate/answers.cpp",
     "  if (handle && pool_.get(*handle)->sent) requests_.fail_unread(*handle, error);", "  (void)handle;"),
    ("an id that stands last is not found", "src/protocol/agent_gate/id_scanner.cpp",
     "  if (depth_ == 1) value_ends();\n  if (depth_ <= 1)", "  if (depth_ <= 1)"),
    ("an ERROR or RESPONSE that cannot be decoded ends nothing", "src/protocol/btp/messages_in.cpp",
     "    requests_.fail_unread(*handle, error.append(why.message()));", "    (void)handle;"),
    ("a message that was too large for the peer is sent again", "src/link/requests.cpp",
     "  link_.ring().cancel(being_written);\n  if (!culprit) return;", "  if (being_written || !culprit) return;"),
    ("a cancelled request stays in the ring", "src/link/requests.cpp",
     "  if (!request->sent) link_.ring().cancel(request->outbound);", "  (void)request;"),
    ("the backoff is never reset", "src/link/retry.cpp",
     "if (ready_since_ != never && now - ready_since_ >= config_.stable_after) backoff_.reset();", "(void)now;"),
    ("no jitter at the cap", "src/link/backoff.cpp",
     "  const Duration delay = std::min(cap_, uniform(draw.low, draw.high, random));",
     "  const Duration delay = std::min(cap_, step_ == cap_ ? draw.high : uniform(draw.low, draw.high, random));"),
    ("Retry-After is ignored", "src/link/backoff.cpp",
     "  return std::max(delay, floor);", "  return delay + floor * 0;"),
    ("a proxy's status is believed though the line was ready", "src/link/failure.cpp",
     "  const bool believed = !history.was_ready() || history.same_answer_many_times();", "  const bool believed = true;"),
    ("a proxy that says the same for ever is never believed", "src/link/failure_history.hpp",
     "return answers_ >= many; }", "return answers_ > many * many; }"),
    ("a peer's hint has no bound", "src/link/retry.cpp",
     "std::min(judgement.not_before, config_.retry_after_max);", "judgement.not_before;"),
    ("a refused credential is tried again at once", "src/link/retry.cpp",
     "  if (std::exchange(retry_asked_, false)) refused = false;", "  refused = false;"),
    ("one attempt more than max_retries", "src/link/retry.cpp",
     "if (config_.max_retries && retries_ >= *config_.max_retries) {",
     "if (config_.max_retries && retries_ > *config_.max_retries) {"),
    ("the pong's timer is never armed", "src/session/keepalive.cpp",
     "  return waiting_ ? after(pinged_at_, timeout_) : after(heard_at_, interval_);",
     "  return waiting_ ? never : after(heard_at_, interval_);"),
    ("a ping waits behind messages", "src/session/session.cpp",
     "  put_control_frames();\n  const Instant now", "  if (!ring_.has_next(!gate_open_)) put_control_frames();\n  const Instant now"),
    ("priorities are ignored", "src/session/outbound_push.cpp",
     "static_cast<unsigned>(options.priority));", "1U);"),
    ("an entry of a lost line goes to the end of its queue", "src/session/outbound_ring.cpp",
     "  push_front(queue_of(entry.options), index);", "  push_back(queue_of(entry.options), index);"),
    ("the ring's bound is off by one", "src/session/outbound_push.cpp",
     "  if (used.entries == used.entries_max) return", "  if (used.entries + 1 == used.entries_max) return"),
    ("blocks of a long message leak", "src/session/outbound_ring.cpp",
     "  used.blocks -= entry.blocks;", "  used.blocks -= entry.blocks > 8 ? entry.blocks - 1 : entry.blocks;"),
    ("a message outlives its request's deadline", "src/link/requests.cpp",
     "      const bool gone = !request.sent && link_.ring().cancel(request.outbound);", "      const bool gone = false;"),
    ("deadlines are ignored in the pool", "src/link/pending_pool.cpp",
     "  while (heap_size_ > 0 && heap_deadline(0) <= now) {", "  while (heap_size_ > 1 && heap_deadline(0) <= now) {"),
    ("a message written whole is written again on the next line", "src/session/outbound_ring.cpp",
     "    if (entry.end_offset > offset) return;", "    if (entry.end_offset >= offset) return;"),
    ("what is kept until acknowledged is let go when sent", "src/session/outbound_ring.cpp",
     "    if (entry.options.release == Release::acked) {", "    if (entry.options.release == Release::acked && offset == 0) {"),
    ("a full queue drops its newest", "src/session/outbound_push.cpp",
     "  for (std::uint32_t i = list(queue).first; drops > 0;) {\n    const std::uint32_t following = entries_[i].next;",
     "  for (std::uint32_t i = list(queue).last; drops > 0;) {\n    const std::uint32_t following = entries_[i].previous;"),
    ("a row is matched without its arguments", "src/protocol/agent_gate/row_matcher.cpp",
     "!request.sent ||\n        (key && keys[handle.index].match != *key))\n", "!request.sent)\n"),
    ("pending results are asked for once only", "src/protocol/agent_gate/poll_schedule.hpp",
     "    next_ = after(now, interval_);", "    next_ = interval_ > times_.interval_min ? never : after(now, interval_);"),
    ("the closing handshake has no deadline", "src/session/session_closing.cpp",
     "  close_deadline_ = after(port_->now(), config_.close_timeout);\n", ""),
    ("requests go out before the first poll is over", "src/protocol/agent_gate/lifecycle.cpp",
     "  if (!drained_) link_.hold_user_messages();", ""),
    ("a client that was closed dials on", "src/link/stages.cpp",
     "  if (!close_requested_ && may_do_better &&", "  if (may_do_better &&"),
    ("a server that refuses is asked at its next address", "src/link/stages.cpp",
     "why.layer() == Layer::http && why.layer_code() != 0;", "false && why.layer_code() != 0;"),
    ("the credential is forgotten when the line is ready", "src/link/link.cpp",
     "  ready_since_ = port_.now();", "  redactor_.credential().clear();\n  ready_since_ = port_.now();"),
    ("a gateway's error is told in its own words", "src/protocol/agent_gate/answers.cpp",
     "    requests_.fail(handle, link_.redactor().redact(reply.error));", "    pool_.fail(handle, reply.error);"),
    ("base64 is not looked into", "src/link/secret_in_text.cpp",
     "  if (secret.size() < shortest_in_base64) return false;", "  if (secret.size() != 0) return false;"),
    ("authentication has no deadline", "src/link/stages.cpp",
     "  enter(Stage::open, config_.authentication_timeout);", "  enter(Stage::open, Duration::max());"),
    ("a poll that is not answered holds requests for ever", "src/protocol/agent_gate/poll_schedule.hpp",
     "    answer_by_ = after(now, times_.timeout);", "    answer_by_ = never;"),
    ("only the first frame of a write has a mask key", "src/session/session.cpp",
     "  if (header.masked && !memory_.masks->next", "  if (header.masked && write_end_ == 0 && !memory_.masks->next"),
    ("a pong has another payload than its ping", "src/session/session.cpp",
     "  std::copy(payload.begin(), payload.end(), pong_payload_.begin());", "  pong_payload_[0] = std::byte{0};"),
    ("what came with the 101 is lost", "src/session/session.cpp",
     "  unread_ = memory_.read_buffer.first(early.size());", "  unread_ = memory_.read_buffer.first(0);"),
    ("a server that names the absent member as null is not understood", "src/protocol/agent_gate/reply.cpp",
     "error.present() && !(error.is_null() && result.present());", "error.present();"),
    ("a slot that is held is final", "src/protocol/agent_gate/authentication.cpp",
     "ending.close_code == another_agent) judgement.verdict = Verdict::again;", "ending.close_code == another_agent) judgement.verdict = Verdict::refused;"),
    ("what the peer closed with 1009 for stays in the ring", "src/link/requests.cpp",
     "  link_.ring().cancel(being_written);\n", ""),
    ("a close with 1009 ends nothing", "src/link/requests.cpp",
     "  link_.ring().cancel(being_written);\n  if (!culprit) return;", "  return;"),
    ("a close with 1009 ends the smallest", "src/link/requests.cpp",
     "(culprit && request.bytes <= bytes)) return;", "(culprit && request.bytes >= bytes)) return;"),
    ("a lost answer is waited for until its deadline, whatever its user said", "src/protocol/agent_gate/lifecycle.cpp",
     "    request.given_up = true;\n    pool_.set_deadline(handle, until);\n", ""),
    ("a row is waited for from the loss on, not from the first poll", "src/protocol/agent_gate/lifecycle.cpp",
     "std::max(link_.port().now(), after(polled_at_, wait));", "link_.port().now();"),
    ("a question on a lost line waits for its deadline", "src/protocol/agent_gate/requests.cpp",
     "  request.on_loss = method == Method::tool_request ? OnLoss::keep : OnLoss::fail;",
     "  request.on_loss = OnLoss::keep;"),
    ("what waits in the ring outlives its line", "src/protocol/btp/lifecycle.cpp",
     "  link_.ring().clear();\n", ""),
    ("a fulfillment is not checked", "src/protocol/btp/messages_in.cpp",
     "    if (!opens(fulfill->fulfillment, conditions_[handle.index])) {",
     "    if (fulfill->fulfillment.empty()) {"),
    ("an answer goes out on the next line", "src/protocol/btp/packets.cpp",
     "  if (packet.line != line_ || !is_accepted()) {", "  if (!is_accepted()) {"),
    ("the id of a pending packet is taken again", "src/protocol/btp/packets.cpp",
     "return pool_.find(id).has_value(); });", "return id == 0; });"),
    ("ids wrap to 0", "src/protocol/btp/ids.hpp",
     "    while (next_ == 0 || taken(next_)) ++next_;", "    while (taken(next_)) ++next_;"),
    ("a source goes on where it was on the line before", "src/protocol/websocket/pieces.cpp",
     "    if (streamed.source->rewind()) return;", "    if (streamed.given == 0) return;"),
    ("what a source gave on the line before counts on the next", "src/protocol/websocket/pieces.cpp",
     "    request.begun = false;\n    streamed.given = 0;", "    request.begun = false;"),
    ("a source that has nothing is waited for for ever", "src/protocol/websocket/pieces.cpp",
     "    if (idle_until_ == never) idle_until_ = after(link_.port().now(), source_timeout_);\n", ""),
    ("a source's own failure is taken for a refusal", "src/protocol/websocket/pieces.cpp",
     "link_.end_line(why, Verdict::again, close_code);", "link_.end_line(why, {}, close_code);"),
    ("a message that is given up with a part of it out keeps its line", "src/protocol/websocket/pieces.cpp",
     "  if (is_out) link_.end_line(", "  if (false && is_out) link_.end_line("),
    ("what a source gives as text is not checked", "src/protocol/websocket/pieces.cpp",
     "  if (is_text && (", "  if (false && is_text && ("),
    ("a message that broke off with its line is sent again", "src/protocol/websocket/messages.cpp",
     "  outbound.begins_once = options.on_loss == OnLoss::fail;", "  outbound.begins_once = false;"),
    ("a message without a completion cannot be taken back", "src/protocol/websocket/messages.cpp",
     "link_.ring().cancel({message.index & ~posted, message.generation});", "link_.ring().cancel(message);"),
    ("a pause ends with its line", "src/protocol/websocket/lifecycle.cpp",
     "  if (paused_) link_.pause_reading();\n", ""),
    ("a closed client tells of the close of an earlier line", "src/protocol/websocket/lifecycle.cpp",
     "  if (link_.unjudged() != nullptr) remember_peer_close(*link_.unjudged());\n", ""),
    ("an empty last piece does not end its message", "src/session/session.cpp",
     "  ws::FrameHeader header{.fin = piece.last,", "  ws::FrameHeader header{.fin = piece.last && piece.bytes != 0,"),
)


NOTHING, BREACH, CRASH = 0, 1, 3  # exit codes of kedge_sim


def judge(code, errors):
    """What kedge_sim found by itself: (number of seeds, what was broken); None when nothing broke."""
    if code == NOTHING:
        return None, ""
    died = re.findall(r"seed (\d+) died of (signal \d+|an exit with code \d+)", errors)
    broken = re.findall(r"seed (\d+) broke a rule .*\n  the rule: (.*)", errors)
    found = [(int(seed), "assertion or crash, " + why) for seed, why in died] + [(int(seed), rule) for seed, rule in broken]
    if code not in (BREACH, CRASH) or not found:
        raise SystemExit(f"planted_faults: the simulator found nothing, and exited with {code}:\n{errors[-2000:]}")
    return min(found)


def seeds_needed(tree, seeds):
    done = subprocess.run([tree.build / "tests/sim/kedge_sim", "--until-broken", "--seeds", str(seeds)],
                          capture_output=True, text=True)
    return judge(done.returncode, done.stderr)


def check():
    bad = 0
    for name, file, before, _ in FAULTS:
        count = (ROOT / file).read_text().count(before)
        if count != 1:
            bad += 1
            print(f"{file}: the line of the fault '{name}' is there {count} times: {before}", file=sys.stderr)
    print(f"{len(FAULTS) - bad} of {len(FAULTS)} planted faults apply")
    return 1 if bad else 0


def play(arguments):
    tree = Tree(ROOT / "build/planted", ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O2",
                                         "-DKEDGE_TESTS=ON", "-DKEDGE_PROGRAMS=OFF"], cores())
    tree.prepare()
    if not tree.compile("kedge_sim"):
        raise SystemExit("planted_faults: the tree does not build without a fault")
    rows = []
    for number, (name, file, before, after) in enumerate(FAULTS, 1):
        if arguments.only and name not in arguments.only:
            continue
        began = time.monotonic()
        whole = tree.replace(file, before, after)
        try:
            compiled = tree.compile("kedge_sim")
            seed, rule = seeds_needed(tree, arguments.seeds) if compiled else (None, "it does not compile")
        finally:
            tree.put_back(file, whole)
        rows.append({"fault": name, "file": file, "seeds": seed, "rule": rule})
        print(f"{number:2} of {len(FAULTS)}  {name}: {seed if seed is not None else 'NOT FOUND'}  {rule}  "
              f"({time.monotonic() - began:.0f} s)", file=sys.stderr)
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        print("| fault | seeds until found | by the rule |\n|---|---|---|")
        for row in rows:
            print(f"| {row['fault']} | {row['seeds'] if row['seeds'] is not None else 'not found'} | {row['rule']} |")
    return 1 if any(row["seeds"] is None for row in rows) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=within(1, 10**9), default=10000)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    unknown = set(arguments.only) - {fault[0] for fault in FAULTS}
    if unknown:
        parser.error(f"no fault is called '{min(unknown)}'")
    try:
        return check() if arguments.check else play(arguments)
    except DoesNotApply as why:
        print(f"planted_faults: {why}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
