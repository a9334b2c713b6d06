"""The tablet's outbox: what is filled in without network is sealed there, received first, applied after."""
