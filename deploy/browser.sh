# A browser for the tests: Debian's headless shell of Chromium where we may install it, or whichever Chromium is there.
# The shell draws the same pages with half the work. What it reads its languages from is in chromium-common.
set -eu
SHELL_OF_CHROMIUM=chromium-headless-shell
any() {
    for name in "$SHELL_OF_CHROMIUM" chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null; }

command -v "$SHELL_OF_CHROMIUM" >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Where neither can be had, what is there will do.
    apt-get update -qq && { install chromium-common "$SHELL_OF_CHROMIUM" || any || install chromium; } || true
fi
any && exit 0
echo "The browser tests need Chromium. Install it first: sudo apt install chromium" >&2
exit 1
