"""A double of TikTok's Research API: an invented world, a virtual clock, quotas and faults, behind the real interface."""

VERSION = "0.1.0"
