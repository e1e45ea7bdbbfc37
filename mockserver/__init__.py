"""A double of TikTok's Research API: an invented world, a virtual clock, quotas, faults."""

VERSION = "0.1.0"
