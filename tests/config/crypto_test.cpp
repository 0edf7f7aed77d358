#include "config/base/crypto.hpp"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::crypto {
namespace {

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

key256 key_of(std::string_view digits) {
  const auto bytes = unhex(digits);
  std::array<std::uint8_t, key256::size> raw{};
  std::copy(bytes.begin(), bytes.end(), raw.begin());
  return key256{raw};
}

const std::string_view zero_key =
    "0000000000000000000000000000000000000000000000000000000000000000";
const std::string_view gcm_key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

// -- digests
// -----------------------------------------------------------------------------------------------------

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc"),
            unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

TEST(HmacSha256, KnownAnswersOfRfc4231) {
  EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256_hex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hmac_sha256_hex(unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
                            std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(hmac_sha256_hex(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(
      hmac_sha256_hex(
          std::string(131, '\xaa'),
          "This is a test using a larger than block-size key and a larger than block-size data. "
          "The key needs to be hashed before being used by the HMAC algorithm."),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, EmptyKeyAndDataAreWellDefined) {
  EXPECT_EQ(hmac_sha256_hex("", ""),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(hmac_sha256_hex(std::string_view{}, std::string_view{}), hmac_sha256_hex("", ""));
  EXPECT_EQ(hmac_sha256("Jefe", "x"), unhex(hmac_sha256_hex("Jefe", "x")));
}

TEST(EqualConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

// -- text forms
// --------------------------------------------------------------------------------------------------

TEST(Base64, KnownAnswersOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe!"), "-__-IQ");
  EXPECT_EQ(base64_encode("\xfb\xff\xfe!"), "+//+IQ==");
}

TEST(Base64, RefusesWhatItDidNotWrite) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z", "Zm9v\n", " Zm9v", "Zm9v Zm9v",
                           "Zh==", "Zm-v", "====", "Zg==Zg==", "\xff\x61+a"})
    EXPECT_FALSE(base64_decode(text)) << text;
  for (const char* text : {"Zg==", "Zm+v", "Zh", "Z", "Zm9v="})
    EXPECT_FALSE(base64url_decode(text)) << text;
}

RC_GTEST_PROP(Base64, EveryByteStringSurvives, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  RC_ASSERT(base64_decode(base64_encode(bytes)) == bytes);
  RC_ASSERT(base64url_decode(base64url_encode(bytes)) == bytes);
}

RC_GTEST_PROP(Base64, GarbageNeverCrashesAndOnlyTheCanonicalFormIsRead, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AZaz09+/-_= \0\xff", 14)));
  if (const auto bytes = base64_decode(text)) RC_ASSERT(base64_encode(*bytes) == text);
  if (const auto bytes = base64url_decode(text)) RC_ASSERT(base64url_encode(*bytes) == text);
}

// -- randomness
// --------------------------------------------------------------------------------------------------

TEST(Random, TokensAreUrlSafeLongAndDistinct) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) tokens.insert(random_token());
  EXPECT_EQ(tokens.size(), 1'000U);
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  EXPECT_EQ(tokens.begin()->size(), 43U);
  EXPECT_EQ(tokens.begin()->find_first_not_of(alphabet), std::string::npos);
  EXPECT_EQ(random_token(16).size(), 22U);
}

TEST(Random, GivesTheCountAskedForWithinItsLimit) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(33).size(), 33U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
  EXPECT_EQ(random_bytes(1024 * 1024).size(), 1024U * 1024U);
  EXPECT_THROW(random_bytes(1024 * 1024 + 1), std::length_error);
}

// -- passwords
// ---------------------------------------------------------------------------------------------------

TEST(Password, VerifiesOnlyItself) {
  const auto hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_EQ(hash.size(), 97U);
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horsf"));
  EXPECT_FALSE(verify_password(hash, ""));
  EXPECT_FALSE(password_needs_rehash(hash));
  EXPECT_NE(hash_password("correct horse"), hash) << "the salt is random";
}

TEST(Password, IsBoundedInLength) {
  const std::string longest(password_bytes_max, 'x');
  EXPECT_TRUE(verify_password(hash_password(longest), longest));
  EXPECT_THROW(hash_password(longest + "x"), std::length_error);
  EXPECT_FALSE(verify_password("$argon2id$v=19$m=65536,t=2,p=1$abc$def", longest + "x"));
}

TEST(Password, GarbageIsNoHash) {
  for (const std::string hash :
       {"", "x", "$argon2id$", "$argon2id$v=19$m=65536,t=2,p=1$", "plain password"}) {
    EXPECT_FALSE(verify_password(hash, "x")) << hash;
    EXPECT_TRUE(password_needs_rehash(hash)) << hash;
  }
  EXPECT_FALSE(verify_password(std::string(1'000, '$'), "x"));
  EXPECT_TRUE(password_needs_rehash(std::string(1'000, '$')));
  EXPECT_TRUE(password_needs_rehash(  // one pass over 8 MiB
      "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
      "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"));
}

// -- AES-256-GCM
// -------------------------------------------------------------------------------------------------

struct gcm_vector {
  std::string_view key, nonce, plaintext, associated_data, ciphertext, tag;
};

TEST(Aes256Gcm, KnownAnswersOfTheGcmSpecification) {  // its test cases 13 to 16
  const std::string_view text =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
  const std::string_view encrypted =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
  const std::string_view zero_nonce = "000000000000000000000000";
  const std::string_view nonce = "cafebabefacedbaddecaf888";
  const gcm_vector vectors[] = {
      {zero_key, zero_nonce, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero_key, zero_nonce, "00000000000000000000000000000000", "",
       "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
      {gcm_key, nonce, text, "", encrypted, "b094dac5d93471bdec1a502270e3cc6c"},
      {gcm_key, nonce, text.substr(0, 120), "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       encrypted.substr(0, 120), "76fc6ece0f4e1768cddf8853bb2d551b"}};
  for (const auto& v : vectors) {
    const auto made = aes256_gcm_encrypt(key_of(v.key), unhex(v.nonce), unhex(v.plaintext),
                                         unhex(v.associated_data));
    EXPECT_EQ(hex(made), std::string(v.ciphertext) + std::string(v.tag));
    EXPECT_EQ(aes256_gcm_decrypt(key_of(v.key), unhex(v.nonce), made, unhex(v.associated_data)),
              unhex(v.plaintext));
  }
}

TEST(Aes256Gcm, RefusesWrongNonceLengths) {
  EXPECT_THROW(aes256_gcm_encrypt(key_of(zero_key), "short", "x", ""), std::length_error);
  EXPECT_THROW(aes256_gcm_decrypt(key_of(zero_key), "short", std::string(17, 'x'), ""),
               std::length_error);
  EXPECT_FALSE(aes256_gcm_decrypt(key_of(zero_key), std::string(12, '\0'), "short", ""));
}

// -- sealing
// -----------------------------------------------------------------------------------------------------

TEST(Seal, OpensUnderTheSameKeyAndPlaceOnly) {
  const auto key = key256::random();
  const auto sealed = seal(key, "EAAG-token", "integration_accounts.access_token:1");
  EXPECT_TRUE(sealed.starts_with("v1:"));
  EXPECT_EQ(sealed.find("EAAG"), std::string::npos);
  EXPECT_EQ(open(key, sealed, "integration_accounts.access_token:1"), "EAAG-token");
  EXPECT_FALSE(open(key, sealed, "integration_accounts.access_token:2"));
  EXPECT_FALSE(open(key, sealed, ""));
  EXPECT_FALSE(open(key256::random(), sealed, "integration_accounts.access_token:1"));
}

TEST(Seal, NamesItsKey) {
  const auto key = key256::random();
  const auto sealed = seal(key, "x", "");
  EXPECT_TRUE(sealed_with(key, sealed));
  EXPECT_FALSE(sealed_with(key256::random(), sealed));
  EXPECT_FALSE(sealed_with(key, "v1:"));
}

TEST(Seal, IsDifferentEachTime) {
  const auto key = key256::random();
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(seal(key, "same", "same"));
  EXPECT_EQ(seen.size(), 1'000U);
}

TEST(Seal, EveryFlippedBitIsDetected) {
  const auto key = key256::random();
  const auto bytes = *base64_decode(seal(key, "twelve bytes", "place").substr(3));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(open(key, "v1:" + base64_encode(changed), "place")) << bit;
  }
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(open(key, "v1:" + base64_encode(bytes.substr(0, length)), "place")) << length;
}

TEST(Seal, OtherVersionsAndGarbageDoNotOpen) {
  const auto key = key256::random();
  const auto sealed = seal(key, "text", "");
  EXPECT_FALSE(open(key, "v2:" + sealed.substr(3), ""));
  EXPECT_FALSE(open(key, sealed.substr(3), ""));
  EXPECT_FALSE(open(key, sealed + "=", ""));
  EXPECT_FALSE(open(key, " " + sealed, ""));
  EXPECT_FALSE(open(key, "", ""));
}

TEST(Seal, IsBoundedInLength) {
  const auto key = key256::random();
  const std::string longest(plaintext_bytes_max, 'x');
  EXPECT_EQ(open(key, seal(key, longest, "p"), "p"), longest);
  EXPECT_THROW(seal(key, longest + "x", "p"), std::length_error);
  EXPECT_FALSE(open(key, "v1:" + std::string(plaintext_bytes_max * 2, 'A'), "p"));
}

RC_GTEST_PROP(Seal, EveryPlaintextSurvives,
              (const std::string& plaintext, const std::string& place)) {
  const auto key = key256::random();
  RC_ASSERT(open(key, seal(key, plaintext, place), place) == plaintext);
}

RC_GTEST_PROP(Seal, GarbageNeverOpens, (const std::string& garbage)) {
  const auto key = key_of(gcm_key);
  RC_ASSERT(!open(key, garbage, ""));
  RC_ASSERT(!open(key, "v1:" + garbage, ""));
  RC_ASSERT(!open(key, "v1:" + base64_encode(garbage), ""));
}

// -- keys
// --------------------------------------------------------------------------------------------------------

TEST(Key256, IsReadFromEitherAlphabetPaddedOrNot) {
  const std::string bytes(32, '\xfb');
  const auto expected = key_of(hex(bytes));
  EXPECT_EQ(key256::from_base64(base64_encode(bytes)), expected);
  EXPECT_EQ(key256::from_base64(base64url_encode(bytes)), expected);
  EXPECT_EQ(key256::from_base64(base64url_encode(bytes) + "="), expected);
}

TEST(Key256, NeedsExactly32Bytes) {
  EXPECT_FALSE(key256::from_base64(""));
  EXPECT_FALSE(key256::from_base64(base64_encode(std::string(31, 'x'))));
  EXPECT_FALSE(key256::from_base64(base64_encode(std::string(33, 'x'))));
  EXPECT_FALSE(key256::from_base64(base64_encode(std::string(32, 'x')) + "\n"));
  EXPECT_FALSE(key256::from_base64(std::string(44, '!')));
}

TEST(DeriveKey, DependsOnKeyAndPurpose) {
  const auto key = key256::random();
  EXPECT_EQ(derive_key(key, "a"), derive_key(key, "a"));
  EXPECT_FALSE(derive_key(key, "a") == derive_key(key, "b"));
  EXPECT_FALSE(derive_key(key, "a") == key);
  EXPECT_FALSE(derive_key(key, "a") == derive_key(key256::random(), "a"));
}

}  // namespace
}  // namespace omnistream::crypto
