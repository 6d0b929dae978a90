#pragma once
// What any daemon tells Prometheus, in its text format 0.0.4.

#include "../process_usage.hpp"

#include <kedge/client.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kedge::program {

/// A text that grows by a metric at a time.
class Metrics {
 public:
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "counter");
    sample(name, {}, std::to_string(value));
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "gauge");
    sample(name, {}, std::to_string(value));
  }
  /// In seconds; NaN when there is none.
  void seconds(std::string_view name, std::string_view help, std::optional<Duration> value) {
    head(name, help, "gauge");
    sample(name, {}, value ? in_seconds(*value) : "NaN");
  }
  /// Nothing at all when it is not known.
  void known(std::string_view name, std::string_view help, const std::optional<std::uint64_t>& value) {
    if (value) gauge(name, help, *value);
  }
  /// Not of what is negative.
  [[nodiscard]] static std::string in_seconds(Duration value);
  void head(std::string_view name, std::string_view help, std::string_view type) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  /// `label` as `name="value"`, or empty.
  void sample(std::string_view name, std::string_view label, std::string_view value) {
    text_.append(name);
    if (!label.empty()) text_.append("{").append(label).append("}");
    text_.append(" ").append(value).append("\n");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// `kedge_link_...`: the state of its line, and every statistic of it.
void add_line(Metrics& metrics, LinkState state, const Statistics& line);
/// `kedge_tls_...`: until the certificates expire. What is not known is left out; all, without the time.
void add_certificates(Metrics& metrics, std::optional<WallTime> peer_expires,
                      std::optional<WallTime> client_expires, std::optional<WallTime> now);
/// `process_...`, under the names that Prometheus's own libraries give them.
void add_process(Metrics& metrics, std::optional<WallTime> started, const ProcessUsage& process);

}  // namespace kedge::program
