#pragma once
// The link by itself, with a protocol of four words: what agent-gate has no use for, such as messages that
// are kept until they are acknowledged, queues that drop their oldest, and a user who stops reading.

#include "../run.hpp"

namespace kedge::rig {

void play_link(Run& run);

}  // namespace kedge::rig
