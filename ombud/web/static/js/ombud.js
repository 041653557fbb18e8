document.documentElement.dataset.script = ""
