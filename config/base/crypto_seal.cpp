#include <memory>

#include <openssl/evp.h>

#include "config/base/crypto.hpp"

namespace omnistream::crypto {
namespace {

constexpr std::string_view version_prefix = "v1:";
constexpr std::size_t key_id_bytes = 4;
constexpr std::size_t associated_data_bytes_max = 64 * 1024;

struct free_context {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

const EVP_CIPHER* algorithm() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  if (fetched == nullptr) throw crypto_error("OpenSSL offers no AES-256-GCM.");
  return fetched;
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void need(bool worked) {
  if (!worked) throw crypto_error("OpenSSL cannot run AES-256-GCM.");
}

/// The lengths fit OpenSSL's int from here on.
void check_lengths(std::string_view nonce, std::size_t text_bytes,
                   std::string_view associated_data) {
  if (nonce.size() != nonce_bytes) throw std::length_error("An AES-GCM nonce has 12 bytes.");
  if (text_bytes > plaintext_bytes_max)
    throw std::length_error("At most 16 MiB can be sealed at once.");
  if (associated_data.size() > associated_data_bytes_max)
    throw std::length_error("Associated data has at most 64 KiB.");
}

/// Not secret: tells keys apart, and says nothing about the key.
std::string key_id(const key256& key) {
  const auto id_key = derive_key(key, "omnistream key id");
  return {reinterpret_cast<const char*>(id_key.bytes().data()), key_id_bytes};
}

/// Version and key id are bound as well, so that neither can be exchanged.
std::string bound_data(std::string_view id, std::string_view associated_data) {
  return std::string(version_prefix).append(id).append(associated_data);
}

struct sealed_parts {
  std::string key_id, nonce, ciphertext_and_tag;
};

std::optional<sealed_parts> split(std::string_view sealed) {
  constexpr std::size_t text_bytes_max = (plaintext_bytes_max + 1024) / 3 * 4;
  if (!sealed.starts_with(version_prefix) || sealed.size() > text_bytes_max) return std::nullopt;
  const auto bytes = base64_decode(sealed.substr(version_prefix.size()));
  if (!bytes || bytes->size() < key_id_bytes + nonce_bytes + tag_bytes) return std::nullopt;
  return sealed_parts{bytes->substr(0, key_id_bytes), bytes->substr(key_id_bytes, nonce_bytes),
                      bytes->substr(key_id_bytes + nonce_bytes)};
}

}  // namespace

std::string aes256_gcm_encrypt(const key256& key, std::string_view nonce,
                               std::string_view plaintext, std::string_view associated_data) {
  check_lengths(nonce, plaintext.size(), associated_data);
  const cipher_context context(EVP_CIPHER_CTX_new());
  need(context != nullptr);
  std::string out(plaintext.size() + tag_bytes, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
  int written = 0;
  need(EVP_EncryptInit_ex2(context.get(), algorithm(), key.bytes().data(), raw(nonce), nullptr) ==
       1);
  need(EVP_EncryptUpdate(context.get(), nullptr, &written, raw(associated_data),
                         static_cast<int>(associated_data.size())) == 1);
  need(EVP_EncryptUpdate(context.get(), bytes, &written, raw(plaintext),
                         static_cast<int>(plaintext.size())) == 1);
  need(EVP_EncryptFinal_ex(context.get(), bytes + plaintext.size(), &written) == 1);
  need(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes,
                           bytes + plaintext.size()) == 1);
  return out;
}

std::optional<std::string> aes256_gcm_decrypt(const key256& key, std::string_view nonce,
                                              std::string_view ciphertext_and_tag,
                                              std::string_view associated_data) {
  if (ciphertext_and_tag.size() < tag_bytes) return std::nullopt;
  const auto length = ciphertext_and_tag.size() - tag_bytes;
  check_lengths(nonce, length, associated_data);
  const cipher_context context(EVP_CIPHER_CTX_new());
  need(context != nullptr);
  std::string out(length, '\0');
  std::string tag(ciphertext_and_tag.substr(length));
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
  int written = 0;
  need(EVP_DecryptInit_ex2(context.get(), algorithm(), key.bytes().data(), raw(nonce), nullptr) ==
       1);
  need(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1);
  need(EVP_DecryptUpdate(context.get(), nullptr, &written, raw(associated_data),
                         static_cast<int>(associated_data.size())) == 1);
  need(EVP_DecryptUpdate(context.get(), bytes, &written, raw(ciphertext_and_tag),
                         static_cast<int>(length)) == 1);
  unsigned char rest[tag_bytes];
  if (EVP_DecryptFinal_ex(context.get(), rest, &written) != 1) return std::nullopt;
  return out;
}

std::string seal(const key256& key, std::string_view plaintext, std::string_view associated_data) {
  const auto id = key_id(key);
  const auto nonce = random_bytes(nonce_bytes);
  const auto encrypted = aes256_gcm_encrypt(key, nonce, plaintext, bound_data(id, associated_data));
  return std::string(version_prefix) + base64_encode(id + nonce + encrypted);
}

std::optional<std::string> open(const key256& key, std::string_view sealed,
                                std::string_view associated_data) {
  const auto parts = split(sealed);
  if (!parts || parts->key_id != key_id(key) ||
      parts->ciphertext_and_tag.size() > plaintext_bytes_max + tag_bytes)
    return std::nullopt;
  return aes256_gcm_decrypt(key, parts->nonce, parts->ciphertext_and_tag,
                            bound_data(parts->key_id, associated_data));
}

bool sealed_with(const key256& key, std::string_view sealed) {
  const auto parts = split(sealed);
  return parts && parts->key_id == key_id(key);
}

}  // namespace omnistream::crypto
