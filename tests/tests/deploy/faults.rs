//! Regions that fail, requests that are lost, and other people.
