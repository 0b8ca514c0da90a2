"""What settles an item that a customer owes."""

# Journals through which money comes in
MONEY_JOURNALS = ("bank", "cash", "credit")
