//! flagcdk-engine
