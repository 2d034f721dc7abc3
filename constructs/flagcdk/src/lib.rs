//! flagcdk
