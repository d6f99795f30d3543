"""One page for each act on a project: what it will do, what it asks, and one button.

Every view finds its thing among what the person may see, says why he may not where he may not, and runs one service.
"""
