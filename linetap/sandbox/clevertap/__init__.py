"""CleverTap in process, written from CleverTap's pages and independent of the clients."""
