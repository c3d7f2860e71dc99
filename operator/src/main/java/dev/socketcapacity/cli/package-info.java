/// The command line: one jar, one image, several roles.
package dev.socketcapacity.cli;
