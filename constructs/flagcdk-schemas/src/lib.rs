//! flagcdk-schemas
