#include "names.hpp"

#include "../../src/base/whole_number.hpp"
#include "../../src/codec/address_literal.hpp"

#include <algorithm>

namespace kedge::sim::detail {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Names::Names(std::size_t capacity) : entries_(std::make_unique<Entry[]>(capacity)), capacity_(capacity) {}

bool Names::set(std::string_view name, Answer answer, std::span<const Address> addresses,
                Duration delay) noexcept {
  if (name.empty() || name.size() > name_bytes_max || addresses.size() > addresses_max) return false;
  Entry* entry = const_cast<Entry*>(find(name));
  if (entry == nullptr) {
    if (count_ == capacity_) return false;
    entry = &entries_[count_++];
    std::transform(name.begin(), name.end(), entry->name.begin(), lower);
    entry->name_size = name.size();
  }
  std::copy(addresses.begin(), addresses.end(), entry->addresses.begin());
  entry->address_count = addresses.size();
  entry->answer = answer;
  entry->delay = delay;
  return true;
}

const Names::Entry* Names::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string_view known(entries_[i].name.data(), entries_[i].name_size);
    if (std::equal(known.begin(), known.end(), name.begin(), name.end(),
                   [](char a, char b) noexcept { return a == lower(b); })) {
      return &entries_[i];
    }
  }
  return nullptr;
}

std::optional<Address> Names::literal(std::string_view text) noexcept {
  const auto read = codec::parse_address_literal(text);
  if (!read) return std::nullopt;
  Address address;
  address.family = read->size == 4 ? Address::Family::ipv4 : Address::Family::ipv6;
  address.bytes = read->bytes;
  const std::size_t zone = text.find('%');
  if (zone == std::string_view::npos) return address;
  const auto scope = whole_number(text.substr(zone + 1), 1, 0xFFFFFFFF);
  if (!scope) return std::nullopt;
  address.scope = static_cast<std::uint32_t>(*scope);
  return address;
}

}  // namespace kedge::sim::detail
