"""The sentences our scripts say, translated on the page; a test compares them with the scripts."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("All commands"),
    _("Calling"),
    _("Choose the row"),
    _("Choose all rows, or none"),
    _("Chosen: {place}"),
    _("Close"),
    _("Commands"),
    _("Finding you takes too long here. Try again, or write the address."),
    _("Found you, to about {n} metres."),
    _("Hold Ctrl and scroll to zoom the map"),
    _("Hold ⌘ and scroll to zoom the map"),
    _("Keys"),
    _("Look for what is new"),
    _("Looking for where you are"),
    _("Map. Arrow keys move it beneath the pin, plus and minus zoom."),
    _("Map. Arrow keys move it, plus and minus zoom. The list has the same requests."),
    _("Move the map with two fingers"),
    _("Next row"),
    _("No answer came. Try again in a moment."),
    _("No passkey was used. Try again, or sign in with your password and a code."),
    _("No place found by that name yet"),
    _("Nothing by that name"),
    _("Open the row"),
    _("Photos to be sent"),
    _("Pin. Arrow keys move it, Enter uses this place."),
    _("Place chosen"),
    _("Places"),
    _("Places found: {n}"),
    _("Row before"),
    _("Search"),
    _("Search for “{words}”"),
    _("Show the whole city"),
    _("Slide between before and after"),
    _("Someone else changed this meanwhile. Load the page again to see it."),
    _("Still sending. Once is enough; nothing is lost."),
    _("Suggestions are not there just now. Write the address in full and go on."),
    _("Take {name} away"),
    _("The city's computer could not do that. What you typed is kept. Try again in a moment."),
    _("The list has the same requests"),
    _("The map cannot be drawn on this device."),
    _("There is no connection. What you typed is kept. Try again when you are back online."),
    _("This list"),
    _("Use single letters as keys"),
    _("Use this place"),
    _("Use where I am"),
    _("We can take {n} photos. {name} was left out."),
    _("What do you want to do?"),
    _("Your phone cannot tell where it is just now. Write the address instead."),
    _("Your phone did not let us see where you are. Write the address, or allow it in the browser's settings."),
    _("Your phone only knows where you are to {n} metres. Write the address instead."),
    _("Zoom in"),
    _("Zoom out"),
    _("{name} is not a photo."),
    _("{name} is {size} MB; we can take up to {most} MB. The others are kept."),
    _("{n} new"),
)


def translated() -> dict[str, str]:
    """Return the sentences whose words in the page's language differ from the ones in the scripts."""
    pairs = ((sentence, gettext(sentence)) for sentence in SENTENCES)
    return {sentence: words for sentence, words in pairs if words != sentence}
