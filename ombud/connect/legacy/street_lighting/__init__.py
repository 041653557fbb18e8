"""Street lighting: a system that drops a CSV file each night on an SFTP server and takes files from an inbox."""
