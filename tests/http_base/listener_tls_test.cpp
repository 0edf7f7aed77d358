#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "http/server/listener.hpp"
#include "raw_client.hpp"

namespace omnistream::http::server {
namespace {

using file_handle = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// A key and a certificate for 127.0.0.1 signed by itself, in a folder of its own.
class certificate {
 public:
  certificate() {
    std::string name = std::filesystem::temp_directory_path() / "listener_tls_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'600);
    X509_set_pubkey(made.get(), key.get());
    auto* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(made.get(), subject);
    const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"),
        X509_EXTENSION_free);
    X509_add_ext(made.get(), names.get(), -1);
    X509_sign(made.get(), key.get(), EVP_sha256());
    const file_handle certificate_out(std::fopen(certificate_file().c_str(), "w"), std::fclose);
    PEM_write_X509(certificate_out.get(), made.get());
    const file_handle key_out(std::fopen(key_file().c_str(), "w"), std::fclose);
    PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  ~certificate() { std::filesystem::remove_all(folder_); }
  std::string certificate_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

TEST(listener_tls, serves_https_with_kept_connections_and_large_bodies) {
  const certificate files;
  listener_options options;
  options.tls_certificate_file = files.certificate_file();
  options.tls_key_file = files.key_file();
  listener server(
      options,
      [](const request& asked, const std::shared_ptr<responder>& to) {
        to->send({200, "text/plain", std::to_string(asked.body.size()), {}});
      },
      [](const request&) {
        return admission{.body_bytes_max = 4 << 20, .look_up = [](const admission_verdict& tell) {
                           std::thread([tell] { tell(std::nullopt); }).detach();
                         }};
      });
  const std::unique_ptr<CURL, void (*)(CURL*)> client(curl_easy_init(), curl_easy_cleanup);
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/x";
  curl_easy_setopt(client.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(client.get(), CURLOPT_CAINFO, files.certificate_file().c_str());
  curl_easy_setopt(client.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(client.get(), CURLOPT_WRITEFUNCTION, append);
  const std::string body(3 << 20, 'x');  // curl waits for 100 Continue before more than 1 MB
  curl_easy_setopt(client.get(), CURLOPT_POSTFIELDS, body.data());
  for (const long size : {3L, 3L << 20}) {
    std::string answer;
    curl_easy_setopt(client.get(), CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(client.get(), CURLOPT_POSTFIELDSIZE, size);
    ASSERT_EQ(curl_easy_perform(client.get()), CURLE_OK);
    EXPECT_EQ(answer, std::to_string(size));
  }
  long connections = -1;
  curl_easy_getinfo(client.get(), CURLINFO_NUM_CONNECTS, &connections);
  EXPECT_EQ(connections, 0) << "the second request used the first one's connection";
}

/// Takes what comes and hangs up after it.
std::size_t take_and_leave(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return 0;
}

TEST(listener_tls, streams_and_notices_that_the_client_hangs_up) {
  const certificate files;
  listener_options options;
  options.tls_certificate_file = files.certificate_file();
  options.tls_key_file = files.key_file();
  std::promise<void> gone;
  const auto pipe = std::make_shared<answer_pipe>(1'000, [&gone] { gone.set_value(); });
  listener server(options, [pipe](const request&, const std::shared_ptr<responder>& to) {
    to->send({.status = 200,
              .content_type = "text/event-stream",
              .body = {},
              .headers = {},
              .goes_on = std::make_shared<answer_outlet>(pipe)});
    pipe->write(std::make_shared<const std::string>("piece"));
  });
  const std::unique_ptr<CURL, void (*)(CURL*)> client(curl_easy_init(), curl_easy_cleanup);
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  std::string got;
  curl_easy_setopt(client.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(client.get(), CURLOPT_CAINFO, files.certificate_file().c_str());
  curl_easy_setopt(client.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(client.get(), CURLOPT_WRITEFUNCTION, take_and_leave);
  curl_easy_setopt(client.get(), CURLOPT_WRITEDATA, &got);
  EXPECT_EQ(curl_easy_perform(client.get()), CURLE_WRITE_ERROR);
  EXPECT_EQ(got, "piece");
  EXPECT_EQ(gone.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(listener_tls, plain_http_on_a_tls_port_is_cut_off) {
  const certificate files;
  listener_options options;
  options.tls_certificate_file = files.certificate_file();
  options.tls_key_file = files.key_file();
  listener server(options, [](const request&, const std::shared_ptr<responder>&) {});
  testing::raw_client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive().status, 0);
}

TEST(listener_tls, who_never_shakes_hands_is_cut_off) {
  const certificate files;
  listener_options options;
  options.tls_certificate_file = files.certificate_file();
  options.tls_key_file = files.key_file();
  options.idle_timeout_ms = 200;
  listener server(options, [](const request&, const std::shared_ptr<responder>&) {});
  testing::raw_client silent(server.port());
  EXPECT_TRUE(silent.closed());
  testing::raw_client halting(server.port());
  halting.send("\x16\x03\x01\x02");
  EXPECT_EQ(halting.receive().status, 0);
}

TEST(listener_tls, says_what_is_wrong_with_its_files) {
  const certificate files;
  const auto complaint = [](const std::string& certificate_file, const std::string& key_file) {
    listener_options options;
    options.tls_certificate_file = certificate_file;
    options.tls_key_file = key_file;
    try {
      listener server(options, nullptr);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(complaint(files.certificate_file(), ""),
            "TLS needs both a certificate file and a key file; only one of them is set");
  EXPECT_EQ(complaint("/nowhere/cert.pem", files.key_file())
                .find("the TLS certificate in /nowhere/cert.pem"),
            0U);
  EXPECT_EQ(complaint(files.certificate_file(), files.certificate_file()).find("the TLS key in "),
            0U);
}

}  // namespace
}  // namespace omnistream::http::server
