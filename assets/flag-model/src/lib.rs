//! flag-model
