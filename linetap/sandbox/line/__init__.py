"""LINE's Messaging API in process, written from LINE's pages and independent of the clients."""
