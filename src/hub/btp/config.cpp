#include "config.hpp"

#include "../../program/hex.hpp"
#include "../../program/json_file.hpp"
#include "../../protocol/btp/address.hpp"

#include <kedge/btp.hpp>
#include <kedge/ilp.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace kedge::hub::btp {

namespace {

namespace json_file = program::json_file;
using json_file::boolean;
using json_file::choice;
using json_file::each_element;
using json_file::each_member;
using json_file::fail;
using json_file::milliseconds;
using json_file::number;
using json_file::text;
using json_file::Value;
using kedge::btp::Dialect;

std::string bytes(const Value& value, const std::string& where) {
  std::optional<std::string> read = program::from_hex(text(value, where));
  if (!read) fail(where, "expected bytes as pairs of hexadecimal digits");
  return std::move(*read);
}

// One that both dialects have.
std::string address(const Value& value, const std::string& where) {
  std::string read = text(value, where);
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const std::string_view fault = kedge::btp::address_fault(dialect, read);
    if (!fault.empty()) fail(where, "is no ILP address: " + std::string(fault));
  }
  return read;
}

std::string prefix_member(const Value& value, const std::string& where) {
  std::string read = text(value, where);
  if (!is_prefix(read)) fail(where, "'" + read + "' is no prefix of ILP addresses");
  return read;
}

Fulfilling read_fulfilling(const Value& value, const std::string& where) {
  Fulfilling fulfilling;
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "fulfillment") {
      fulfilling.fulfillment = bytes(v, path);
      if (fulfilling.fulfillment->size() != ilp::hash_bytes) fail(path, "expected 32 bytes");
    } else if (key == "data") {
      fulfilling.data = bytes(v, path);
    } else {
      return false;
    }
    return true;
  });
  return fulfilling;
}

std::string code(const Value& value, const std::string& where) {
  std::string read = text(value, where);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = read.size() == ilp::code_bytes && (read[0] == 'F' || read[0] == 'T' || read[0] == 'R') &&
                    digit(read[1]) && digit(read[2]);
  if (!good) fail(where, "'" + read + "' is none of F00 to F99, T00 to T99, R00 to R99");
  return read;
}

Rejecting read_rejecting(const Value& value, const std::string& where) {
  Rejecting rejecting;
  bool has_code = false;
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "code") {
      rejecting.code = code(v, path);
      has_code = true;
    } else if (key == "message") {
      rejecting.message = text(v, path);
    } else if (key == "triggered_by") {
      rejecting.triggered_by = address(v, path);
    } else if (key == "data") {
      rejecting.data = bytes(v, path);
    } else {
      return false;
    }
    return true;
  });
  if (!has_code) fail(where, "needs 'code'");
  return rejecting;
}

Forwarding read_forwarding(const Value& value, const std::string& where) {
  Forwarding forwarding{text(value, where)};
  if (forwarding.peer.empty() || forwarding.peer.size() > kedge::btp::peer_id_bytes_max) {
    fail(where, "expected a peer's id, 1 to " + std::to_string(kedge::btp::peer_id_bytes_max) + " bytes");
  }
  return forwarding;
}

Route read_route(const Value& value, const std::string& where) {
  Route route;
  bool has_prefix = false;
  std::set<std::string_view> actions;
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "fulfill" || key == "reject" || key == "forward") actions.insert(key);
    if (key == "prefix") {
      route.prefix = prefix_member(v, path);
      has_prefix = true;
    } else if (key == "fulfill") {
      route.action = read_fulfilling(v, path);
    } else if (key == "reject") {
      route.action = read_rejecting(v, path);
    } else if (key == "forward") {
      route.action = read_forwarding(v, path);
    } else if (key == "delay_ms") {
      route.delay = milliseconds(v, path);
    } else if (key == "reverse") {
      route.reverse = number(v, path, 1024);
    } else if (key == "habit") {
      route.habit = choice<Habit>(v, path,
                                  {{"none", Habit::none},
                                   {"silent", Habit::silent},
                                   {"twice", Habit::twice},
                                   {"wrong_id", Habit::wrong_id},
                                   {"empty", Habit::empty},
                                   {"throw", Habit::failing},
                                   {"cut", Habit::cut}});
    } else {
      return false;
    }
    return true;
  });
  if (!has_prefix) fail(where, "needs 'prefix'");
  if (actions.size() > 1) fail(where, "has more than one of 'fulfill', 'reject', 'forward'");
  return route;
}

std::string path_member(const Value& value, const std::string& where) {
  std::string read = text(value, where);
  if (!is_path(read)) fail(where, "must begin with /, or be *");
  return read;
}

bool read_limit(std::string_view key, const Value& v, const std::string& path, Config& config) {
  if (key == "auth_timeout_ms") {
    config.auth_timeout = milliseconds(v, path);
  } else if (key == "forward_timeout_ms") {
    config.forward_timeout = milliseconds(v, path);
  } else if (key == "packets_max") {
    config.packets_max = number(v, path, 65536);
  } else if (key == "answers_bytes_max") {
    config.answers_bytes_max = number(v, path, 1 << 30);
  } else if (key == "pings") {
    config.pings = boolean(v, path);
  } else if (key == "second_error") {
    config.second_error = boolean(v, path);
  } else if (key == "answer_empty") {
    config.answer_empty = boolean(v, path);
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool is_path(std::string_view path) noexcept {
  return path.starts_with('/') || path == any_path;
}

void check_paths(const std::string& crosstown, const std::string& btp2) {
  if (crosstown == btp2) fail({}, "both dialects have the path " + crosstown);
}

Config read_config(std::string_view text_of_file) {
  Config config;
  each_member(json_file::parse(text_of_file, {}).root(), {},
              [&](std::string_view key, const Value& v, const std::string& path) {
                if (key == "crosstown_path") {
                  config.crosstown_path = path_member(v, path);
                } else if (key == "btp2_path") {
                  config.btp2_path = path_member(v, path);
                } else if (key == "address") {
                  config.address = address(v, path);
                } else if (key == "routes") {
                  each_element(v, path, [&](const Value& e, const std::string& at) {
                    Route route = read_route(e, at);
                    const std::string prefix = route.prefix;
                    if (!config.routes.add(std::move(route))) fail(at, "'" + prefix + "' is there twice");
                  });
                } else {
                  return read_limit(key, v, path, config);
                }
                return true;
              });
  check_paths(config.crosstown_path, config.btp2_path);
  return config;
}

}  // namespace kedge::hub::btp
