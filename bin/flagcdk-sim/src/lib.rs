//! flagcdk-sim
