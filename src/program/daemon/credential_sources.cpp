#include "credential_sources.hpp"

#include "../../ws/url.hpp"
#include "../token.hpp"

namespace kedge::program {

namespace {

class Reading {
 public:
  Reading(SettingReader& reader, const CredentialSettings& settings, CredentialSources& sources)
      : reader_(reader), settings_(settings), sources_(sources) {}

  void url(std::size_t bytes_max) {
    if (!reader_.given(settings_.url)) return;
    sources_.url = reader_.text(settings_.url);
    if (const auto url = ws::parse_url(sources_.url); !url) {
      reader_.wrong(settings_.url, url.error().message());
    } else if (sources_.url.size() > bytes_max) {
      reader_.wrong(settings_.url, "longer than " + std::to_string(bytes_max) + " bytes");
    }
  }
  void token(Secret& token) {
    no_token();
    sources_.token_file = reader_.text(settings_.token_file);
    if (reader_.given(settings_.token) && !sources_.token_file.empty()) {
      reader_.wrong(settings_.token, and_another(settings_.token_file));
    } else if (reader_.given(settings_.token)) {
      if (const auto taken = take_token(reader_.text(settings_.token), token); !taken) {
        reader_.wrong(settings_.token, taken.error().message());
      }
    } else if (sources_.token_file.empty() && !sources_.url.empty() && !sources_.without_token) {
      reader_.wrong(settings_.token, "required when " + name(settings_.url) + " is set (or " +
                                         name(settings_.token_file) + ", or " + name(settings_.no_token) +
                                         "=1)");
    }
  }
  void certificates() {
    sources_.ca_file = reader_.text(settings_.ca_file);
    sources_.certificate_file = reader_.text(settings_.certificate_file);
    sources_.key_file = reader_.text(settings_.key_file);
    if (sources_.certificate_file.empty() == sources_.key_file.empty()) return;
    const bool no_key = sources_.key_file.empty();
    const SettingId missing = no_key ? settings_.key_file : settings_.certificate_file;
    reader_.wrong(missing, "needed with " + name(no_key ? settings_.certificate_file : settings_.key_file));
  }

 private:
  [[nodiscard]] std::string name(SettingId setting) const { return std::string(reader_.name_of(setting)); }
  [[nodiscard]] std::string and_another(SettingId other) const {
    return "given as well as " + name(other) + ": which of them is it?";
  }
  void no_token() {
    sources_.without_token = reader_.number(settings_.no_token, 0, 1) == 1U;
    if (!sources_.without_token) return;
    for (const SettingId other : {settings_.token, settings_.token_file}) {
      if (reader_.given(other)) reader_.wrong(settings_.no_token, and_another(other));
    }
  }

  SettingReader& reader_;
  const CredentialSettings& settings_;
  CredentialSources& sources_;
};

}  // namespace

void read_credentials(SettingReader& reader, const CredentialSettings& settings, std::size_t url_bytes_max,
                      CredentialSources& sources, Secret& token) {
  Reading reading(reader, settings, sources);
  reading.url(url_bytes_max);
  reading.token(token);
  reading.certificates();
}

}  // namespace kedge::program
