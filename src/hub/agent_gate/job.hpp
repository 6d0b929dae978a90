#pragma once
// A tool request on its way: waiting for a human, running, or held back.

#include <cstdint>
#include <string>

namespace kedge::hub::agent_gate {

struct Job {
  std::uint64_t connection = 0;  ///< server::Connection::id() of the connection that asked
  std::string id;                ///< of the JSON-RPC request, as JSON text
  std::string request_id;        ///< what rows call it: the client's id, or a UUID
  std::string tool;
  std::string args;             ///< JSON text of an object
  std::uint64_t execution = 0;  ///< Execution::number, 0 while it has not run
  bool asked = false;           ///< a human had a word in it
};

/// How a job ended.
struct Verdict {
  int code = 0;         ///< 0: executed, `data` holds the result
  std::string data;     ///< JSON text
  std::string message;  ///< of an error
};

}  // namespace kedge::hub::agent_gate
