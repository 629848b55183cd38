"""The booking brain: German dates, hours, offers, services, wording.

Pure: no Flask, no SQL, no HTTP and no clock of its own. Local time lives here and on pages only.
"""
