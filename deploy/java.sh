# Java for the tests that ask Spark: what is there, or Debian's package when we may install it.
set -eu
command -v java >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq default-jre-headless >/dev/null
    exit 0
fi
echo "The tests that ask Spark need Java. Install it first: sudo apt install default-jre-headless" >&2
exit 1
