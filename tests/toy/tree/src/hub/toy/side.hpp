#pragma once
// The toy's side of the hub: it welcomes who says hello, and echoes.

#include "../side.hpp"

#include <cstdint>
#include <string>

namespace kedge::hub::toy {

class ToySide final : public Side, private server::Service, private OperatorPart {
 public:
  // Side
  [[nodiscard]] std::string_view name() const noexcept override { return "toy"; }
  void add_options(CLI::App& app) override;
  [[nodiscard]] std::string_view help() const noexcept override {
    return "--toy turns the toy on, at /toy.\n";
  }
  [[nodiscard]] bool wanted() const override { return on_; }
  void prepare(const program::Patience&) override {}
  [[nodiscard]] std::vector<std::string> paths() const override { return {"/toy"}; }
  [[nodiscard]] std::optional<OwnAddress> own_address() const override { return std::nullopt; }
  [[nodiscard]] server::Offer offer() override;
  void attach(server::Server&) override {}
  void tell_where(json::Writer& writer, const std::string& base) const override {
    writer.member("toy", base + "/toy");
  }
  [[nodiscard]] OperatorPart& operator_part() override { return *this; }

 private:
  // Service
  [[nodiscard]] bool serves(std::string_view path) const noexcept override { return path == "/toy"; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection&) noexcept override {}
  void on_message(server::Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override;
  void on_closed(server::Connection&, const Error&) noexcept override {}
  // OperatorPart
  [[nodiscard]] std::optional<HttpAnswer> answer(const HttpRequest&) override { return std::nullopt; }
  void write_status(json::Writer& writer) const override { writer.member("toy_asked", asked_); }

  bool on_ = false;
  std::uint64_t asked_ = 0;
};

}  // namespace kedge::hub::toy
