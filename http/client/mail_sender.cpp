#include "http/client/mail_sender.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/json_member.hpp"
#include "http/client/mail_headers.hpp"

namespace omnistream::http::client {
namespace {

using actors::send_action;
using actors::send_result;
using actors::text_of;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr int port_of_starttls = 587;
constexpr int port_of_tls = 465;
constexpr int code_going_away = 421;
constexpr int code_for_good = 500;

send_result refusal(send_action action, std::string why, int code = 0) {
  send_result result;
  result.what = send_result::certainty::rejected;
  result.action = action;
  result.error.code = code;
  result.error.message = std::move(why);
  return result;
}

/// Nothing if the account names no server, or one without TLS where that is not allowed.
std::optional<smtp_server> server_of(const actors::sending_account& account, bool allow_plain) {
  const auto config = json::parse(account.config_json, nullptr, false);
  if (!config.is_object()) return std::nullopt;
  smtp_server via;
  via.host = text_of(config, "smtp_host");
  const auto how = text_of(config, "smtp_security");
  if (how == "tls") via.how = smtp_server::security::tls;
  if (how == "none") via.how = smtp_server::security::none;
  via.port = via.how == smtp_server::security::tls ? port_of_tls : port_of_starttls;
  if (const auto port = config.find("smtp_port"); port != config.end() && port->is_number_integer())
    via.port = port->get<int>();
  via.user = text_of(config, "smtp_user");
  via.password = account.access_token;
  if (via.host.empty() || (via.how == smtp_server::security::none && !allow_plain))
    return std::nullopt;
  return via;
}

uuid id_in(const json& content, const char* name) {
  return uuid::parse(text_of(content, name)).value_or(uuid{});
}

/// What a mail says of itself, and who gets it.
class mail_reader {
 public:
  mail_reader(const json& content, outgoing_mail& into) : content_(content), mail_(into) {}

  /// False if an address is none that mail servers take.
  bool read(timestamp now) {
    mail_.headers.push_back(date_header(now));
    add_people("from", "From", false);
    add_people("reply_to", "Reply-To", false);
    add_people("to", "To", true);
    add_people("cc", "Cc", true);
    add_people("bcc", nullptr, true);
    add_ids("message_id", "Message-ID");
    add_ids("in_reply_to", "In-Reply-To");
    add_ids("references", "References");
    mail_.headers.push_back(text_header("Subject", text_of(content_, "subject")));
    mail_.text = text_of(content_, "text");
    mail_.html = text_of(content_, "html");
    return usable_ && !mail_.to.empty();
  }

 private:
  /// A text or a list of texts.
  std::vector<std::string> texts(const char* name) const {
    const auto found = content_.find(name);
    if (found == content_.end()) return {};
    if (found->is_string()) return {found->get<std::string>()};
    return found->get<std::vector<std::string>>();
  }

  void add_people(const char* name, const char* header, bool get_it) {
    std::vector<mailbox> people;
    for (const auto& one : texts(name)) {
      auto who = mailbox_of(one);
      usable_ = usable_ && who;
      if (!who) continue;
      const bool known = std::ranges::find(mail_.to, who->address) != mail_.to.end();
      if (get_it && !known) mail_.to.push_back(who->address);
      people.push_back(std::move(*who));
    }
    if (header != nullptr && !people.empty())
      mail_.headers.push_back(mailbox_header(header, people));
  }

  void add_ids(const char* name, const char* header) {
    const auto ids = texts(name);
    if (!ids.empty()) mail_.headers.push_back(ids_header(header, ids));
  }

  const json& content_;
  outgoing_mail& mail_;
  bool usable_ = true;
};

/// RFC 4954: a login is needed, is too weak, is wrong, or needs TLS; whatever was answered with it.
bool is_about_login(int code) {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

send_result refused_by_server(const smtp_response& response) {
  const auto code = response.code;
  const auto why = "The mail server refuses " +
                   std::string(response.where == smtp_response::stage::login      ? "the login: "
                               : response.where == smtp_response::stage::greeting ? "to serve us: "
                                                                                  : "the mail: ") +
                   std::to_string(code) + ' ' + response.text;
  const bool of_account = response.where != smtp_response::stage::mail;
  if (code >= code_for_good)
    return refusal(of_account || is_about_login(code) ? send_action::pause_account
                                                      : send_action::fail_recipient,
                   why, code);
  // Later and later, for half an hour: a server that has not seen us before wants to see us again.
  return refusal(
      of_account || code == code_going_away ? send_action::slow_number : send_action::slow_pair,
      why, code);
}

send_result result_of(const smtp_response& response) {
  using outcome = smtp_response::outcome;
  send_result result;
  result.error.message = response.error;
  switch (response.what) {
    case outcome::accepted:
      result.what = send_result::certainty::accepted;
      break;
    case outcome::not_sent:
      result.what = send_result::certainty::not_sent;
      break;
    case outcome::uncertain:
      result.what = send_result::certainty::uncertain;
      break;
    case outcome::refused:
      return refused_by_server(response);
    case outcome::unusable:
      return refusal(send_action::pause_account, response.error);
    case outcome::broken:
      return refusal(send_action::slow_pair,
                     "The connection broke within the mail: " + response.error);
  }
  return result;
}

}  // namespace

outbound_rules mail_server_rules_of(const config::settings& settings) {
  outbound_rules rules;
  rules.allowed_networks =
      parse_networks(settings.email_smtp_allowed_networks).value_or(std::vector<ip_network>{});
  return rules;
}

smtp_options smtp_options_of(const config::settings& settings) {
  smtp_options options;
  options.connections_max = static_cast<std::size_t>(settings.email_smtp_connections_max);
  options.connections_per_server_max = std::max<std::size_t>(options.connections_max / 4, 1);
  options.total_timeout = milliseconds(settings.email_smtp_timeout_ms);
  options.connect_timeout = std::min(options.total_timeout, options.connect_timeout);
  options.ca_file = settings.email_smtp_ca_file;
  options.may_connect = [rules = mail_server_rules_of(settings)](const sockaddr& address) {
    return rules.allows(address);
  };
  return options;
}

/// A mail on its way.
struct mail_sender::sending {
  struct upload {
    uuid media;
    std::string filename, content_type;
    std::uint64_t bytes = 0;
  };
  outgoing_mail mail;
  uuid tenant;
  std::vector<upload> to_read;
  std::uint64_t room = 0;  ///< for its attachments
  std::function<void(send_result)> done;
};

mail_sender::mail_sender(smtp_client& smtp, bool allow_plain, read_upload read, begin_mail begin,
                         wall_clock now)
    : smtp_(smtp),
      allow_plain_(allow_plain),
      read_(std::move(read)),
      begin_(std::move(begin)),
      now_(std::move(now)) {}

mail_sender::~mail_sender() = default;

void mail_sender::send(actors::outbound_message message, std::function<void(send_result)> done) {
  auto one = std::make_shared<sending>();
  one->done = std::move(done);
  const auto& account = *message.account;
  auto via = server_of(account, allow_plain_);
  if (!via)
    return one->done(
        refusal(send_action::pause_account, "The account names no mail server that may be used."));
  const auto content = json::parse(message.body);
  one->mail.via = std::move(*via);
  one->mail.from = account.sender_id;
  if (!mail_reader(content, one->mail).read(now_()))
    return one->done(refusal(send_action::fail_recipient,
                             "An address of the mail is none that mail servers take."));
  one->tenant = id_in(content, "tenant_id");
  one->mail.may_begin = [this, message = id_in(content, "outgoing_id"),
                         claim = id_in(content, "claim")] { return begin_(message, claim); };
  for (const auto& upload : content.value("attachments", json::array())) {
    const auto media = uuid::parse(upload.at("media_id").get_ref<const std::string&>());
    one->to_read.push_back({media.value_or(uuid{}), upload.at("filename"),
                            upload.at("content_type"), upload.at("size_bytes")});
  }
  if (take_room(one)) start(one);
}

/// True if its attachments may be read now. Otherwise it waits.
bool mail_sender::take_room(const sending_ptr& one) {
  for (const auto& upload : one->to_read) one->room += upload.bytes;
  const std::lock_guard lock(guard_);
  if (one->room > 0 && (!waiting_.empty() || !has_room(one->room))) {
    waiting_.push_back(one);
    return false;
  }
  bytes_in_use_ += one->room;
  return true;
}

/// Those that may begin now.
std::vector<mail_sender::sending_ptr> mail_sender::give_back_room(std::uint64_t bytes) {
  std::vector<sending_ptr> next;
  const std::lock_guard lock(guard_);
  bytes_in_use_ -= bytes;
  while (!waiting_.empty() && has_room(waiting_.front()->room)) {
    next.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    bytes_in_use_ += next.back()->room;
  }
  return next;
}

/// One that finds nobody there has room, however large it is.
bool mail_sender::has_room(std::uint64_t bytes) const {
  return bytes_in_use_ == 0 || bytes_in_use_ + bytes <= attachment_bytes_max;
}

void mail_sender::start(const sending_ptr& one) {
  if (one->mail.attachments.size() < one->to_read.size()) return read_next(one);
  hand_over(one);
}

void mail_sender::read_next(const sending_ptr& one) {
  const auto& upload = one->to_read[one->mail.attachments.size()];
  read_(one->tenant, upload.media, [this, one](result<std::shared_ptr<const std::string>> bytes) {
    if (!bytes) {
      const bool gone = bytes.error().status == 404;
      return end(one, refusal(gone ? send_action::fail_recipient : send_action::slow_pair,
                              gone ? "An attachment is not there any more."
                                   : "An attachment could not be read: " + bytes.error().detail));
    }
    const auto& read = one->to_read[one->mail.attachments.size()];
    one->mail.attachments.push_back({read.filename, read.content_type, std::move(*bytes)});
    start(one);
  });
}

void mail_sender::hand_over(const sending_ptr& one) {
  smtp_.submit(std::move(one->mail),
               [this, one](const smtp_response& response) { end(one, result_of(response)); });
}

void mail_sender::end(const sending_ptr& one, send_result result) {
  one->mail = {};
  const auto next = give_back_room(std::exchange(one->room, 0));
  one->done(std::move(result));
  for (const auto& waited : next) start(waited);
}

}  // namespace omnistream::http::client
