#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/client/scripted_server.hpp"
#include "tests/client/tls_peer.hpp"

namespace omnistream::http::client::testing_support {

/// What a mail server of a test says.
struct smtp_script {
  /// Instead of what servers usually say, by verb; besides the verbs `greeting`, `credentials` of
  /// AUTH, `middle` of the mail and `.` after it. `close` closes the connection; `wait`, of
  /// `middle`, QUIT and the first `greeting`, never answers.
  std::map<std::string, std::string> says;
  std::vector<std::string> offers;         ///< lines of the answer to EHLO
  const tls_identity* identity = nullptr;  ///< of STARTTLS, or of all
  bool tls_at_once = false;

  bool waits(const std::string& verb) const {
    const auto own = says.find(verb);
    return own != says.end() && own->second == "wait";
  }
};

struct received_mail {
  std::string from;
  std::vector<std::string> to;
  std::string data;  ///< headers and body as they came
  bool in_tls = false;
};

/// A mail server on the loopback that takes every mail, unless its script says otherwise.
class smtp_peer {
 public:
  explicit smtp_peer(smtp_script script = {})
      : script_(std::move(script)), server_([this](connection& peer, int number) {
          if (number == 1 && script_.waits("greeting")) return peer.wait_for_close();
          conversation(*this, peer).play();
        }) {}

  int port() const { return server_.port(); }
  int connections() const { return server_.connections(); }
  std::vector<received_mail> mails() const { return mails_.values(); }
  std::vector<received_mail> wait_for_mails(std::size_t count) const {
    return mails_.wait_for(count);
  }
  /// All lines but those of mails, in their order.
  std::vector<std::string> lines() const { return lines_.values(); }

 private:
  /// One connection.
  class conversation {
   public:
    conversation(smtp_peer& of, connection& peer) : of_(of), peer_(peer) {}

    void play() {
      if (of_.script_.tls_at_once) begin_tls();
      if (!say("greeting", "220 mail.example ESMTP")) return;
      while (const auto line = read_line()) {
        of_.lines_.add(*line);
        if (!answer(*line)) return;
      }
    }

   private:
    bool answer(const std::string& line) {
      const auto verb = line.substr(0, line.find(' '));
      if (verb == "EHLO") return say(verb, greeting());
      if (verb == "MAIL") mail_ = {line, {}, {}, tls_ != nullptr};
      if (verb == "RCPT") mail_.to.push_back(line);
      if (verb == "AUTH") return log_in();
      if (verb == "DATA") return take_mail();
      if (verb == "QUIT" && of_.script_.waits("QUIT")) return peer_.wait_for_close(), false;
      if (verb == "QUIT") return say(verb, "221 Bye") && false;
      if (verb != "STARTTLS") return say(verb, "250 OK");
      if (!say(verb, "220 Go on")) return false;
      begin_tls();
      return true;
    }

    bool log_in() {
      if (refuses("AUTH")) return say("AUTH", "");
      if (!say("AUTH", "334 ")) return false;
      const auto credentials = read_line();
      if (credentials) of_.lines_.add(*credentials);
      return credentials && say("credentials", "235 Welcome");
    }

    std::string greeting() const {
      std::string lines = "250-mail.example";
      for (const auto& one : of_.script_.offers)
        if (one != "STARTTLS" || tls_ == nullptr) lines += "\r\n250-" + one;
      return lines + "\r\n250 HELP";
    }

    bool take_mail() {
      if (!say("DATA", "354 Go on")) return false;
      if (refuses("DATA")) return true;
      if (of_.script_.waits("middle")) peer_.wait_for_close();
      if (of_.script_.says.contains("middle")) return false;
      while (const auto line = read_line()) {
        if (*line == ".") {
          of_.mails_.add(mail_);
          return say(".", "250 Taken");
        }
        mail_.data += line->substr(line->starts_with('.') ? 1 : 0) + "\r\n";
      }
      return false;
    }

    bool refuses(const std::string& verb) const {
      const auto own = of_.script_.says.find(verb);
      return own != of_.script_.says.end() && own->second.front() > '3';
    }

    bool say(const std::string& verb, const std::string& usual) {
      const auto own = of_.script_.says.find(verb);
      const auto& text =
          own == of_.script_.says.end() || own->second == "wait" ? usual : own->second;
      if (text == "close") return false;
      return tls_ ? tls_->write(text + "\r\n") : peer_.write(text + "\r\n");
    }

    void begin_tls() { tls_ = std::make_unique<tls_connection>(*of_.script_.identity, peer_); }

    std::optional<std::string> read_line() {
      std::string line;
      while (!line.ends_with("\r\n")) {
        const auto more = read_byte();
        if (more.empty()) return std::nullopt;
        line += more;
      }
      return line.substr(0, line.size() - 2);
    }

    std::string read_byte() {
      if (tls_) return tls_->read(1);
      if (peer_.wire.empty() && !peer_.read_some()) return {};
      auto one = peer_.wire.substr(0, 1);
      peer_.wire.erase(0, 1);
      return one;
    }

    smtp_peer& of_;
    connection& peer_;
    std::unique_ptr<tls_connection> tls_;
    received_mail mail_;
  };

  smtp_script script_;
  collected<received_mail> mails_;
  collected<std::string> lines_;
  scripted_server server_;
};

}  // namespace omnistream::http::client::testing_support
