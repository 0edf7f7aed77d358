#pragma once

namespace omnistream::http::client {

/// libcurl over OpenSSL writes to sockets in a way that raises SIGPIPE when the peer is gone, and
/// it cannot prevent that on a thread of ours (CURLOPT_NOSIGNAL). Blocked, the write just fails.
/// For the calling thread.
void block_broken_pipes();

}  // namespace omnistream::http::client
