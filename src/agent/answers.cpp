#include "answers.hpp"

#include "../program/printable.hpp"
#include "../program/string_sink.hpp"

#include <kedge/json_writer.hpp>

namespace kedge::agent {

namespace {

std::string_view words_of(int status) noexcept {
  switch (status) {
    case 400:
      return "Bad request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 408:
      return "Request timeout";
    case 413:
      return "Payload too large";
    case 415:
      return "Unsupported media type";
    case 429:
      return "Too many requests";
    case 502:
      return "Bad gateway";
    default:
      return "Service unavailable";
  }
}

}  // namespace

HttpAnswer error_answer(int status, std::string_view message) {
  return error_answer(status, words_of(status), message);
}

HttpAnswer error_answer(int status, std::string_view word, std::string_view message) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("error", word);
  program::write_text(writer, "message", message);
  writer.end_object();
  return {status, sink.take()};
}

}  // namespace kedge::agent
