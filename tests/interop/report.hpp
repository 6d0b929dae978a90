#pragma once
// What the test programs say: one JSON object a line on standard output.

#include <kedge/json.hpp>
#include <kedge/sink.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace kedge::interop {

/// `{"event":...` is open when the body gets the writer; the line goes out at the end.
class Event {
 public:
  explicit Event(std::string_view name) : writer_(sink_) { writer_.begin_object().member("event", name); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    writer_.end_object();
    if (!writer_.finish()) std::abort();
    std::printf("%.*s\n", static_cast<int>(sink_.text().size()), sink_.text().data());
    std::fflush(stdout);
  }
  template <class T>
  Event& with(std::string_view name, const T& value) {
    writer_.member(name, value);
    return *this;
  }
  Event& with(const Error& error) {
    if (!error) return *this;
    writer_.key("error").begin_object();
    writer_.member("kind", to_string(error.kind())).member("layer", to_string(error.layer()));
    writer_.member("layer_code", error.layer_code()).member("message", error.message());
    writer_.member("retry_after", error.retry_after().count()).end_object();
    return *this;
  }

 private:
  std::array<char, 4096> buffer_{};
  BufferSink sink_{std::span<char>(buffer_)};
  json::Writer writer_;
};

}  // namespace kedge::interop
