//! flagcdk-assembly
