//! flagcdk-cfn
