//! flag-functions
