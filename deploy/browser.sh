# A browser for the tests: Debian's headless shell of Chromium where we may install it, or whichever Chromium is there.
# The shell draws the same pages with half the work. What it reads its languages from is in chromium-common.
set -eu
command -v chromium-headless-shell >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq chromium-common chromium-headless-shell >/dev/null 2>&1 ||
        apt-get install -y -qq chromium >/dev/null
    exit 0
fi
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
echo "The browser tests need Chromium. Install it first: sudo apt install chromium" >&2
exit 1
