#include "http/api/form_data.hpp"

#include <gtest/gtest.h>

#include "http/api/byte_range.hpp"

namespace omnistream::test {
namespace {

using http::api::read_form;
using http::api::read_range;

constexpr const char* type = "multipart/form-data; charset=utf-8; boundary=\"a b\"";

TEST(FormData, HasNamedFields) {
  const auto parts = read_form(
      type,
      "--a b\r\ncontent-disposition: form-data; name=\"one\"\r\n\r\n1\r\n"
      "--a b\r\nX: y\r\nContent-Disposition: FORM-DATA; filename=\"a\\\"b;.txt\"; name=file\r\n"
      "Content-Type: text/plain\r\n\r\nline\r\n--a\r\n\r\n--a b--");
  ASSERT_TRUE(parts) << parts.error().detail;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].name, "one");
  EXPECT_EQ((*parts)[0].content, "1");
  EXPECT_EQ((*parts)[0].filename, "");
  EXPECT_EQ((*parts)[1].name, "file");
  EXPECT_EQ((*parts)[1].filename, "a\"b;.txt");
  EXPECT_EQ((*parts)[1].content_type, "text/plain");
  EXPECT_EQ((*parts)[1].content, "line\r\n--a\r\n");
}

TEST(FormData, NamesAreDecodedAsBrowsersEncodeThem) {
  const auto parts = read_form(type,
                               "--a b\r\nContent-Disposition: form-data; name=\"a%22\"; "
                               "filename=\"%22x%22%0D%0A 100%25.txt\"\r\n\r\n1\r\n--a b--");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->front().name, "a\"");
  EXPECT_EQ(parts->front().filename, "\"x\"\r\n 100%25.txt") << "nothing else is encoded";
}

TEST(FormData, MayBeEmpty) {
  EXPECT_EQ(read_form(type, "--a b--")->size(), 0U);
  const auto parts =
      read_form(type, "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--a b--");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->front().content, "");
}

TEST(FormData, IsRefusedWhereItIsBroken) {
  for (const auto* body :
       {"", "x", "--a", "--a b", "--a b\r\n", "--a b\r\n\r\n\r\n--a b--", "--a bX\r\n--a b--",
        "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\nno end",
        "--a b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a b--",
        "--a b\r\nno colon\r\n\r\nx\r\n--a b--",
        "--a b\r\nContent-Disposition: form-data; name=\"x\r\n--a b--"}) {
    const auto parts = read_form(type, body);
    ASSERT_FALSE(parts) << body;
    EXPECT_EQ(parts.error().code, "bad_form") << body;
  }
  for (const auto* other : {"", "text/plain", "multipart/form-data",
                            "multipart/form-data; boundary=", "multipart/form-data; boundary",
                            "multipart/form-data;;;="})
    EXPECT_EQ(read_form(other, "--a b--").error().status, 415) << other;
  std::string many;
  for (int i = 0; i < 17; ++i)
    many += "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n";
  EXPECT_EQ(read_form(type, many + "--a b--").error().code, "bad_form");
}

/// Of 100 bytes: `first+count`, or `all`, or `none`.
std::string range(const char* header) {
  const auto wanted = read_range(header, 100);
  if (!wanted.satisfiable) return "none";
  if (!wanted.is_part) return wanted.count == 100 && wanted.first == 0 ? "all" : "?";
  return std::to_string(wanted.first) + "+" + std::to_string(wanted.count);
}

TEST(ByteRange, IsReadAsTheStandardHasIt) {
  EXPECT_EQ(range(""), "all");
  EXPECT_EQ(range("bytes=0-"), "0+100");
  EXPECT_EQ(range("bytes=10-19"), "10+10");
  EXPECT_EQ(range("bytes=99-99"), "99+1");
  EXPECT_EQ(range("bytes=90-18446744073709551615"), "90+10");
  EXPECT_EQ(range("bytes=-30"), "70+30");
  EXPECT_EQ(range("bytes=-300"), "0+100");
  EXPECT_EQ(range("bytes=100-"), "none");
  EXPECT_EQ(range("bytes=-0"), "none");
  EXPECT_EQ(range("bytes=90-18446744073709551616"), "90+10") << "larger than 64 bits";
  EXPECT_EQ(range("bytes=-99999999999999999999"), "0+100");
  EXPECT_EQ(range("bytes=99999999999999999999-"), "none");
  EXPECT_EQ(range("bytes=99999999999999999998-99999999999999999999"), "none");
  for (const auto* strange : {"bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1", "lines=1-2",
                              "bytes=1-2,4-5", "bytes=+1-2", "bytes=1-18446744073709551616x"})
    EXPECT_EQ(range(strange), "all") << strange;
}

}  // namespace
}  // namespace omnistream::test
