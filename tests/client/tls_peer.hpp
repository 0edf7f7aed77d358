#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client::testing_support {

/// A certificate of its own making for one name, and the TLS side of a server that shows it.
class tls_identity {
 public:
  /// `subject_alternative_name` as OpenSSL writes it: `IP:127.0.0.1`, `DNS:a.example`.
  explicit tls_identity(const std::string& subject_alternative_name) {
    key_.reset(EVP_RSA_gen(2'048));
    certificate_.reset(X509_new());
    auto* x509 = certificate_.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3'600);
    X509_set_pubkey(x509, key_.get());
    auto* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x509, name);
    for (const auto& [nid, value] :
         {std::pair(NID_subject_alt_name, subject_alternative_name.c_str()),
          std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
      auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
      X509_add_ext(x509, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(x509, key_.get(), EVP_sha256());
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context_.get(), x509);
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
  }

  /// Lets clients choose HTTP/2.
  void offer_http2() {
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char*, unsigned,
           void*) {
          *out = reinterpret_cast<const unsigned char*>("h2");
          *length = 2;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  }

  void write_certificate(const std::filesystem::path& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
  }

  SSL_CTX* context() const { return context_.get(); }

 private:
  template <auto free_one>
  struct deleter {
    template <class T>
    void operator()(T* one) const {
      free_one(one);
    }
  };
  std::unique_ptr<EVP_PKEY, deleter<EVP_PKEY_free>> key_;
  std::unique_ptr<X509, deleter<X509_free>> certificate_;
  std::unique_ptr<SSL_CTX, deleter<SSL_CTX_free>> context_;
};

/// TLS on top of a connection, blocking.
class tls_connection {
 public:
  tls_connection(const tls_identity& identity, connection& peer)
      : ssl_(SSL_new(identity.context())) {
    // OpenSSL writes without MSG_NOSIGNAL; clients that hang up must not kill the test.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    SSL_set_fd(ssl_, peer.fd());
    ready_ = SSL_accept(ssl_) == 1;
  }
  ~tls_connection() { SSL_free(ssl_); }
  tls_connection(const tls_connection&) = delete;
  tls_connection& operator=(const tls_connection&) = delete;

  bool ready() const { return ready_; }
  bool write(const std::string& text) {
    return ready_ && SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
  }
  /// Exactly `count` bytes, or fewer when the peer closes.
  std::string read(std::size_t count) {
    std::string text(count, '\0');
    std::size_t at = 0;
    while (ready_ && at < count) {
      const int got = SSL_read(ssl_, text.data() + at, static_cast<int>(count - at));
      if (got <= 0) break;
      at += static_cast<std::size_t>(got);
    }
    text.resize(at);
    return text;
  }

 private:
  SSL* ssl_;
  bool ready_ = false;
};

}  // namespace omnistream::http::client::testing_support
