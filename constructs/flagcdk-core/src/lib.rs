//! flagcdk-core
