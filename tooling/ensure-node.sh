#!/bin/sh
# Runs after the install. The Node.js that npm delivers wants libatomic, which small Linux images lack: install it where
# that is possible, say what to do where it is not.
node --version >/dev/null 2>&1 && exit 0

missing=$(node --version 2>&1)
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing libatomic1, which Node.js needs: $missing"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libatomic1 libstdc++6; } >/dev/null &&
    node --version >/dev/null 2>&1 && exit 0
fi
echo "Node.js does not start: $missing" >&2
echo "Install what it misses (Debian, Ubuntu: apt-get install libatomic1; Fedora: dnf install libatomic; Alpine is not supported) and try again." >&2
exit 1
