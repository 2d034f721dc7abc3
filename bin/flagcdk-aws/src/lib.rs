//! flagcdk-aws
