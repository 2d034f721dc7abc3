//! flag-rules
