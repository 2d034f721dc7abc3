//! flagcdk-stacks
