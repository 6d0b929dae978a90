#include "../ws/proxy_connect.hpp"
#include "link.hpp"

#include <algorithm>

// The stage that only an attempt through a proxy has: its tunnel to the server.

namespace kedge {

// Behind the Host header, for which there is more room than any needs.
Result<void> Link::take_proxy(std::size_t host_size) noexcept {
  if (config_.proxy.empty()) return {};
  const auto room = host_text_.subspan(host_size);
  if (config_.proxy.size() > room.size()) {
    return Error(ErrorKind::config,
                 "ClientConfig::proxy and the URL's host are longer together than url_bytes_max, ")
        .append(static_cast<std::int64_t>(host_text_.size()))
        .append(" bytes");
  }
  std::copy(config_.proxy.begin(), config_.proxy.end(), room.begin());
  config_.proxy = std::string_view(room.data(), config_.proxy.size());
  if (const auto proxy = ws::parse_proxy_url(config_.proxy); !proxy)
    return Error(ErrorKind::config, "ClientConfig::proxy: ").append(proxy.error().message());
  if (!url_.zone.empty()) {
    return Error(ErrorKind::config,
                 "the URL has a zone, which means nothing to a proxy (ClientConfig::proxy)");
  }
  return {};
}

// Whose name is looked up and who is connected to.
ws::Url Link::first_hop() const noexcept {
  return config_.proxy.empty() ? url_ : *ws::parse_proxy_url(config_.proxy);
}

void Link::begin_proxy() noexcept {
  enter(Stage::proxying, config_.proxy_timeout);
  log(LogLevel::debug, "proxy", config_.proxy);
  redactor_.credential().clear();
  if (config_.proxy_credentials) {
    if (const auto asked = config_.proxy_credentials(redactor_.credential()); !asked) {
      return fail_stage(
          Error(ErrorKind::authentication, Layer::proxy, 0, "there is no credential for the proxy: ")
              .append(asked.error().message()));
    }
  }
  upgrade_.head().start(ws::Answerer::proxy);
  BufferSink request(write_buffer_);
  if (const auto written = ws::write_connect(url_, redactor_.credential().reveal(), request); !written)
    return fail_stage(written.error());
  begin_request(request.size());
}

// True when the answer goes on in what follows.
bool Link::take_proxy_answer(std::span<const std::byte> bytes) noexcept {
  std::size_t taken = 0;
  const Result<bool> complete =
      ws::read_connect(upgrade_.head(), bytes, !redactor_.credential().empty(), &taken);
  if (complete && !*complete) return true;
  if (!complete) {
    Error why = complete.error();
    const std::string_view reason = upgrade_.head().reason();
    if (why.layer_code() != 0 && !reason.empty()) append_of_peer(why.append(" "), reason, ' ');
    fail_stage(why);
    return false;
  }
  if (request_written_ != request_size_) {
    fail_stage(Error(ErrorKind::protocol, Layer::proxy, 0,
                     "the proxy answered CONNECT before the request was sent"));
    return false;
  }
  bool early = taken != bytes.size();
  if (!early && bytes.size() == read_buffer_.size()) {
    // Who takes the stream over counts on an event for what comes, and a read that was filled promises none.
    const IoResult more = stream_->read(read_buffer_);
    if (more.status == IoStatus::end || more.status == IoStatus::error) {
      fail_stage(Error(ErrorKind::connection, Layer::proxy, 0, "the proxy ended the tunnel at once"));
      return false;
    }
    early = more.status == IoStatus::ok;
  }
  if (early) {
    // In TLS and in HTTP the client speaks first.
    fail_stage(Error(ErrorKind::protocol, Layer::proxy, 0,
                     "the proxy sent more than its answer, before the server could have spoken"));
    return false;
  }
  redactor_.credential().clear();
  begin_line();
  return false;
}

// What is wrong with the way to a proxy is not the server's.
Error Link::of_proxy(const Error& why) const noexcept {
  const bool before_tunnel =
      stage_ == Stage::resolving || stage_ == Stage::connecting || stage_ == Stage::proxying;
  const bool below = why.layer() == Layer::resolver || why.layer() == Layer::system;
  if (config_.proxy.empty() || !before_tunnel || !below) return why;
  return Error(why.kind(), why.layer(), why.layer_code(), "the proxy: ").append(why.message());
}

}  // namespace kedge
