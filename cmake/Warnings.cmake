# Warnings are errors in our own code; imported targets are system includes and stay silent.
add_library(omnistream_warnings INTERFACE)
target_compile_options(omnistream_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  # g++ 12 sees std::variant members where there are none, and overruns in std::string's operator+ (GCC bug 105651).
  -Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
if(OMNISTREAM_SANITIZE MATCHES thread)
  # asio has fences, which ThreadSanitizer does not follow and g++ therefore warns of.
  target_compile_options(omnistream_warnings INTERFACE -Wno-tsan)
endif()
if(OMNISTREAM_SANITIZE)
  add_compile_options(-fsanitize=${OMNISTREAM_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OMNISTREAM_SANITIZE})
endif()
