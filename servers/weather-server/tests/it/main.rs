mod binary;
mod contract;
