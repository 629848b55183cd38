"""Personal data has an end: retention, erasure of one person, and an export of what is there.

::

    retention   how long each kind of data is kept, by house rule and by company
    person      where one person's data lies, found by number or mail
    erasure     all of it gone, with a receipt
    export      all of it shown, as JSON
"""
